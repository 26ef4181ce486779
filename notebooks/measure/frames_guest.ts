// Runs in the lab's guest, for frames.ts.
import { roundUp } from "../../base/round_up.ts";
import {
  type BufferKind,
  type BufferOptions,
  createBuffer,
  type SharedBuffer,
} from "../../copy/mod.ts";
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
/** The first frames have code compiled. */
const [UNTIMED, TIMED] = [10, 50];
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

const CASES: readonly { kind: BufferKind; options: BufferOptions; store: Store }[] = [
  { kind: "dmabuf", options: {}, store: byRange },
  { kind: "udmabuf", options: { pages: "4k", populate: true }, store: byWrite },
  { kind: "udmabuf", options: { pages: "4k", populate: true, via: "dmabuf" }, store: byRange },
  { kind: "udmabuf", options: { pages: "thp" }, store: byWrite },
  { kind: "udmabuf", options: { pages: "thp", via: "dmabuf" }, store: byRange },
];

for (const { kind, options, store } of CASES) {
  using stack = new DisposableStack();
  const ring = Array.from(
    { length: RING },
    () => stack.use(createBuffer(kind, FRAME_BYTES, options)),
  );
  {
    using made = openFile(PATH, { access: "read-write", create: true, truncate: true });
    await allocate(made, STEP_BYTES * BigInt(UNTIMED + TIMED)).async();
  }
  stack.defer(() => Deno.removeSync(PATH));
  const file = stack.use(openFile(PATH, { access: "write", direct: true }));
  let startMs = 0;
  for (let i = 0; i < UNTIMED + TIMED; i++) {
    if (i === UNTIMED) startMs = clockMs("thread");
    const moved = store(file, ring[i % RING]!, STEP_BYTES * BigInt(i));
    if (moved !== STEP_BYTES) throw new Error(`only ${moved} bytes of a frame were stored`);
  }
  const cpuUs = Math.round((clockMs("thread") - startMs) / TIMED * 1e3);
  console.log(JSON.stringify({ kind, pages: options.pages, by: store.name, cpuUs }));
}
