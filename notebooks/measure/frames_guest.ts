// Runs in the lab's guest, for frames.ts.
import { roundUp } from "../../base/round_up.ts";
import { growBuffer } from "../../copy/buffers/grow.ts";
import { hugePages } from "../../copy/huge_pages.ts";
import type { BufferKind, PageKind, SharedBuffer, Via } from "../../copy/mod.ts";
import {
  allocate,
  beginCpuAccess,
  clockMs,
  copyFileRange,
  type Descriptor,
  endCpuAccess,
  openFile,
  pageBytes,
  writeAt,
} from "../../ffi/mod.ts";

const PATH = "/data/frames.raw";
const RING = 4;
/** In the first ones, V8 runs these functions step by step, and compiles them: the fastest round counts. */
const ROUNDS = 5;
const FRAMES = 100;
const FRAME_BYTES = 1920n * 1080n * 2n;
const STEP_BYTES = roundUp(FRAME_BYTES, pageBytes());

/** Stores a buffer's frame at an offset of the file. */
type Store = (file: Descriptor, buffer: SharedBuffer, offset: bigint) => bigint;

const byRange: Store = (file, { io }, toOffset) =>
  copyFileRange({ from: io, to: file, fromOffset: 0n, toOffset, bytes: STEP_BYTES }).sync();

/** As capture does from a udmabuf: syncs it, and writes from the mapping of its memfd. */
const byWrite: Store = (file, { share, mapping: { address } }, offset) => {
  beginCpuAccess(share, "read");
  const moved = writeAt(file, { address, offset, bytes: STEP_BYTES }).sync();
  endCpuAccess(share, "read");
  return moved;
};

const CASES: readonly { kind: BufferKind; via: Via; pages: PageKind; store: Store }[] = [
  { kind: "dmabuf", via: "dmabuf", pages: "4k", store: byRange },
  { kind: "udmabuf", via: "memfd", pages: "4k", store: byWrite },
  { kind: "udmabuf", via: "dmabuf", pages: "4k", store: byRange },
  { kind: "udmabuf", via: "memfd", pages: "thp", store: byWrite },
  { kind: "udmabuf", via: "dmabuf", pages: "thp", store: byRange },
];

/** As capture makes it. */
async function makeBuffer(
  { kind, ...options }: { kind: BufferKind; via: Via; pages: PageKind },
): Promise<SharedBuffer> {
  const made = await growBuffer(kind, FRAME_BYTES, {
    ...{ ...options, heap: undefined, hugePages: hugePages() },
  });
  await made.complete();
  return made.buffer;
}

/** The CPU time of storing a frame, on average over a file. */
async function measure({ store, ...place }: typeof CASES[number]): Promise<number> {
  using stack = new DisposableStack();
  const ring: SharedBuffer[] = [];
  while (ring.length < RING) ring.push(stack.use(await makeBuffer(place)));
  {
    using made = openFile(PATH, { access: "read-write", create: true, truncate: true });
    await allocate(made, STEP_BYTES * BigInt(FRAMES)).async();
  }
  stack.defer(() => Deno.removeSync(PATH));
  const file = stack.use(openFile(PATH, { access: "write", direct: true }));
  const startMs = clockMs("thread");
  for (let i = 0; i < FRAMES; i++) {
    const moved = store(file, ring[i % RING]!, STEP_BYTES * BigInt(i));
    if (moved !== STEP_BYTES) throw new Error(`only ${moved} bytes of a frame were stored`);
  }
  return (clockMs("thread") - startMs) / FRAMES;
}

const rounds: number[][] = [];
for (let round = 0; round < ROUNDS; round++) {
  const times = [];
  for (const one of CASES) times.push(await measure(one));
  rounds.push(times);
}
for (const [i, { store, ...place }] of CASES.entries()) {
  const cpuUs = rounds.map((times) => Math.round(times[i]! * 1e3));
  console.log(JSON.stringify({ ...place, by: store.name, cpuUs: Math.min(...cpuUs), all: cpuUs }));
}
