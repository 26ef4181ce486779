import {
  describeObstacle,
  type PageKind,
  probe,
  type SharedBuffer,
  type Via,
} from "../copy/mod.ts";
import type { BufferKind } from "../copy/buffer.ts";
import { growBuffer } from "../copy/buffers/grow.ts";
import type { Facts } from "../copy/facts.ts";
import { obstacleOf } from "../copy/obstacles.ts";
import { SystemError } from "../ffi/mod.ts";
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

/** The facts that decide about a ring's buffers. */
export type RingFacts = Pick<
  Facts,
  "kernel" | "heaps" | "copyFileRange" | "transparentHugePages"
>;

/**
 * Whether a kernel maps huge pages of a udmabuf wrongly where a driver writes to it by the CPU, as
 * those of USB cameras do: all of a huge page's data goes to its beginning. Linux 6.11 and 6.12 do. No
 * call shows the mapping itself, but the series mends it before it lets udmabufs take part in
 * copy_file_range(2), which can be tried.
 */
function mapsHugePagesWrongly({ kernel, copyFileRange }: RingFacts): boolean {
  return /^6\.1[12]\./.test(kernel) && !copyFileRange.udmabuf.supported;
}

/**
 * The kinds in the order of trial. The cheapest to store from come first: a heap's buffers if the kernel
 * copies from them directly. A device that needs contiguous memory takes a CMA heap's.
 */
export function ringPlaces({ heaps, copyFileRange }: RingFacts): RingPlace[] {
  const udmabuf: RingPlace = { kind: "udmabuf" };
  const ofHeap = (heap: string): RingPlace => ({ kind: "dmabuf", heap });
  const system = heaps.includes("system") ? [ofHeap("system")] : [];
  return [
    ...(copyFileRange.dmabuf.supported ? [...system, udmabuf] : [udmabuf, ...system]),
    ...heaps.filter((heap) => heap !== "system").map(ofHeap),
  ];
}

/** The pages of a place that names none: huge ones are cheaper to store from, where they are mapped right. */
export function ringPages(place: RingPlace, facts: RingFacts): PageKind {
  if (place.kind === "dmabuf") return "4k";
  if (place.pages !== undefined) return place.pages;
  return facts.transparentHugePages.supported && !mapsHugePagesWrongly(facts) ? "thp" : "4k";
}

/** The descriptor to store from: the kernel stores from a dma-buf without pinning its pages, where it can. */
export function ringVia(kind: BufferKind, { copyFileRange }: RingFacts): Via {
  if (kind === "dmabuf") return "dmabuf";
  // A camera of a test's takes memfds, which have no dma-buf on any kernel.
  return kind === "udmabuf" && copyFileRange.udmabuf.supported ? "dmabuf" : "memfd";
}

/**
 * Makes buffers of the first kind that the device takes, and queues them all.
 *
 * @throws {SystemError} the reason why the last kind was refused
 */
export async function makeRing(camera: Camera, wanted: number, only?: RingPlace): Promise<Ring> {
  const facts = probe();
  const notes = only ? ringWarnings(only, facts) : [];
  let last: unknown = new Error("this kernel has neither /dev/udmabuf nor a heap");
  for (const place of only ? [only] : ringPlaces(facts)) {
    try {
      const made = await fill(camera, wanted, { place, facts });
      return { ...made, notes: [...notes, ...made.notes] };
    } catch (error) {
      if (!(error instanceof SystemError) || error.code === "ENODEV") throw error;
      last = error;
      const name = place.kind === "dmabuf" ? `dmabuf:${place.heap ?? "system"}` : place.kind;
      notes.push(`not ${name}: ${describeObstacle(obstacleOf(error))}`);
    }
  }
  throw last;
}

/** Warnings for someone who asks for a place that may damage frames. */
export function ringWarnings(place: RingPlace, facts: RingFacts): string[] {
  const isHuge = place.kind === "udmabuf" && (place.pages ?? "4k") !== "4k";
  if (!isHuge || !mapsHugePagesWrongly(facts)) return [];
  return [
    "frames are damaged if this camera's driver writes them by the CPU, as those of USB cameras do: " +
    `unless it is mended, Linux ${facts.kernel} maps huge pages of a udmabuf wrongly for it ` +
    "(take udmabuf:4k or dmabuf)",
  ];
}

async function fill(
  camera: Camera,
  wanted: number,
  { place, facts }: { place: RingPlace; facts: Facts },
): Promise<Ring> {
  using making = new DisposableStack();
  const count = camera.request(wanted);
  making.defer(() => giveBack(camera));
  const options = {
    via: ringVia(place.kind, facts),
    pages: ringPages(place, facts),
    heap: place.kind === "dmabuf" ? place.heap : undefined,
    hugePages: facts.hugePages,
  };
  const notes = new Set<string>();
  const frames: SharedBuffer[][] = [];
  for (let index = 0; index < count; index++) {
    const planes: SharedBuffer[] = [];
    for (const bytes of camera.planeBytes) {
      const growing = await growBuffer(place.kind, BigInt(bytes), options);
      planes.push(making.use(growing.buffer));
      await growing.complete();
      if (growing.note) notes.add(growing.note);
    }
    frames.push(planes);
  }
  for (const [index, buffers] of frames.entries()) camera.queue(index, buffers);
  const made = making.move();
  return { frames, notes: [...notes], [Symbol.dispose]: () => made.dispose() };
}

/** A device that is gone has no buffers any more. */
function giveBack(camera: Camera): void {
  try {
    camera.request(0);
  } catch (error) {
    if (!(error instanceof SystemError && error.code === "ENODEV")) throw error;
  }
}
