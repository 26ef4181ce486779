import { type Descriptor, openFile } from "../../ffi/mod.ts";

const DEVICE = "/dev/dma-lab-device";
/** DMA_LAB_ATTACH, and the size and number of struct dma_lab_sync; see kernel/lab/patches. */
const ATTACH = 0x4c00n;
const SYNC_BYTES = 24;
const SYNCS = 4096;

const libc = Deno.dlopen("libc.so.6", {
  ioctl: { parameters: ["i32", "u64", "u64"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
});

/** Bytes of physical memory, from a start to an end. */
type Range = [start: number, end: number];

/** The kernel's maintenance of the CPU's caches. */
export interface Maintenance {
  /** All directions, of linux/dma-direction.h. */
  directions: number[];
  /** The bytes maintained; memory maintained twice counts twice. */
  bytes: number;
  /** Sorted, and joined where they touch. */
  ranges: Range[];
}

/** A device that does not see the CPU's caches, attached to a dma-buf until it is disposed of. */
export class UncachedDevice implements Disposable {
  readonly #file: Descriptor;
  /** The memory of the buffer, in its order. */
  readonly #memory: readonly Range[];

  constructor(buffer: Descriptor) {
    using stack = new DisposableStack();
    this.#file = stack.use(openFile(DEVICE));
    if (libc.symbols.ioctl(this.#file.number, ATTACH, BigInt(buffer.number)) < 0) {
      throw new Error(`${DEVICE} does not take ${buffer.name}`);
    }
    this.#memory = this.#syncs().map(({ range }) => range);
    stack.move();
  }

  /** The physical memory of a part of the buffer. */
  memoryOf(offset: number, bytes: number): Range[] {
    const parts: Range[] = [];
    let before = 0;
    for (const [start, end] of this.#memory) {
      const from = Math.max(start, start + offset - before);
      const to = Math.min(end, start + offset + bytes - before);
      if (from < to) parts.push([from, to]);
      before += end - start;
    }
    return joined(parts);
  }

  /** The maintenance for the device since the last call, by system calls of this process. */
  read(): { forCpu: Maintenance; forDevice: Maintenance } {
    const syncs = this.#syncs();
    return {
      forCpu: sum(syncs.filter(({ forDevice }) => !forDevice)),
      forDevice: sum(syncs.filter(({ forDevice }) => forDevice)),
    };
  }

  #syncs(): Sync[] {
    const data = new Uint8Array(SYNCS * SYNC_BYTES);
    const length = Number(libc.symbols.read(this.#file.number, data, BigInt(data.length)));
    if (length < 0) throw new Error(`${DEVICE} has noted too much`);
    return Array.from(
      { length: length / SYNC_BYTES },
      (_, i) => parse(new DataView(data.buffer, i * SYNC_BYTES)),
    );
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** A struct dma_lab_sync. */
interface Sync {
  range: Range;
  direction: number;
  forDevice: boolean;
}

function parse(view: DataView): Sync {
  const start = Number(view.getBigUint64(0, true));
  return {
    range: [start, start + Number(view.getBigUint64(8, true))],
    direction: view.getUint32(16, true),
    forDevice: view.getUint32(20, true) === 1,
  };
}

function sum(syncs: readonly Sync[]): Maintenance {
  return {
    directions: [...new Set(syncs.map(({ direction }) => direction))].sort(),
    bytes: syncs.reduce((bytes, { range: [start, end] }) => bytes + end - start, 0),
    ranges: joined(syncs.map(({ range }) => range)),
  };
}

function joined(ranges: readonly Range[]): Range[] {
  const out: Range[] = [];
  for (const [start, end] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = out.at(-1);
    if (last?.[1] === start) last[1] = end;
    else out.push([start, end]);
  }
  return out;
}
