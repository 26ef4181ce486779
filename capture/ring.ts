import {
  createBuffer,
  describeObstacle,
  type PageKind,
  probe,
  type SharedBuffer,
} from "../copy/mod.ts";
import { obstacleOf } from "../copy/obstacles.ts";
import { kernelRelease, listHeaps, SystemError } from "../ffi/mod.ts";
import type { Camera } from "./camera.ts";

/** Buffers that a device takes: a set for each frame, with a buffer for each plane. */
export interface Ring extends Disposable {
  frames: readonly (readonly SharedBuffer[])[];
  /** The kinds that the device refused, and the reasons. */
  notes: readonly string[];
}

/** The kinds of buffers that a ring may have. */
export type RingPlace =
  | { kind: "udmabuf"; pages?: PageKind }
  | { kind: "dmabuf"; heap?: string };

/**
 * Linux 6.11 and 6.12 map huge pages of a udmabuf wrongly where a driver writes to it by the CPU, as
 * those of USB cameras do: all of a huge page's data goes to its beginning. The series mends 6.12, but
 * no call shows whether a kernel is mended.
 */
const mapsHugePagesWrongly = () => /^6\.1[12]\./.test(kernelRelease());

/**
 * The kinds in the order of trial. The cheapest to store from come first: a heap's buffers if the kernel
 * copies from them directly. A device that needs contiguous memory takes a CMA heap's.
 */
function candidates(): RingPlace[] {
  const heaps = listHeaps();
  const others = heaps.filter((heap) => heap !== "system");
  const udmabuf: RingPlace = { kind: "udmabuf", pages: mapsHugePagesWrongly() ? "4k" : "thp" };
  const ofHeap = (heap: string): RingPlace => ({ kind: "dmabuf", heap });
  const system = heaps.includes("system") ? [ofHeap("system")] : [];
  const isDirect = system.length > 0 && probe().copyFileRange.dmabuf.supported;
  return [
    ...(isDirect ? [...system, udmabuf] : [udmabuf, ...system]),
    ...others.map(ofHeap),
  ];
}

/**
 * Makes buffers of the first kind that the device takes, and queues them all.
 *
 * @throws {SystemError} the reason why the last kind was refused
 */
export function makeRing(camera: Camera, wanted: number, only?: RingPlace): Ring {
  const notes = only ? warnings(only) : [];
  let last: unknown = new Error("this kernel has neither /dev/udmabuf nor a heap");
  for (const kind of only ? [only] : candidates()) {
    try {
      return { ...fill(camera, wanted, kind), notes };
    } catch (error) {
      if (!(error instanceof SystemError) || error.code === "ENODEV") throw error;
      last = error;
      const name = kind.kind === "dmabuf" ? `dmabuf:${kind.heap ?? "system"}` : kind.kind;
      notes.push(`not ${name}: ${describeObstacle(obstacleOf(error))}`);
    }
  }
  throw last;
}

function warnings(place: RingPlace): string[] {
  const isHuge = place.kind === "udmabuf" && (place.pages ?? "4k") !== "4k";
  if (!isHuge || !mapsHugePagesWrongly()) return [];
  return [
    "frames are damaged if this camera's driver writes them by the CPU, as those of USB cameras do: " +
    `unless it is mended, Linux ${kernelRelease()} maps huge pages of a udmabuf wrongly for it ` +
    "(take udmabuf:4k or dmabuf)",
  ];
}

function fill(
  camera: Camera,
  wanted: number,
  { kind, ...options }: RingPlace,
): Omit<Ring, "notes"> {
  using making = new DisposableStack();
  const count = camera.request(wanted);
  making.defer(() => giveBack(camera));
  const frames = Array.from(
    { length: count },
    () => camera.planeBytes.map((bytes) => making.use(createBuffer(kind, BigInt(bytes), options))),
  );
  for (const [index, buffers] of frames.entries()) camera.queue(index, buffers);
  const made = making.move();
  return { frames, [Symbol.dispose]: () => made.dispose() };
}

/** A device that is gone has no buffers any more. */
function giveBack(camera: Camera): void {
  try {
    camera.request(0);
  } catch (error) {
    if (!(error instanceof SystemError && error.code === "ENODEV")) throw error;
  }
}
