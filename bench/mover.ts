import { cut } from "../base/cut.ts";
import { type IoMemory, type Method, methods, type Range } from "../copy/mod.ts";
import type { Descriptor } from "../ffi/mod.ts";
import { createAnonymousMemory } from "./anonymous_memory.ts";
import { UnsupportedError } from "./explain.ts";
import type { LateUdmabuf } from "./late_udmabuf.ts";
import type { Row } from "./result.ts";
import { RingLoad } from "./ring_load.ts";
import { METHODS } from "./rows.ts";

/** The size of the parts of a buffer if a row moves several at once. */
const partBytes = 4n << 20n;

/** Moves the bytes of one buffer at a time, with the method of a row. */
export interface Mover extends Disposable {
  /** Whether other threads do it: then the process' CPU time counts. */
  readonly threads: boolean;
  /** file → buffer; returns the bytes moved. */
  load(file: Descriptor, buffer: IoMemory, range: Range): bigint | Promise<bigint>;
  /** buffer → file; returns the bytes moved. */
  store(file: Descriptor, buffer: IoMemory, range: Range): bigint | Promise<bigint>;
}

/** Makes the udmabuf of a buffer that has none yet. */
function complete(buffer: IoMemory): void {
  (buffer as Partial<LateUdmabuf>).complete?.();
}

function ringMover(depth: number): Mover {
  const ring = new RingLoad({ depth, partBytes });
  return {
    threads: false,
    load: (file, buffer, range) => ring.load(file, buffer, range, () => complete(buffer)),
    store() {
      throw new UnsupportedError("io_uring is measured for reads only", { errno: "EOPNOTSUPP" });
    },
    [Symbol.dispose]: () => ring[Symbol.dispose](),
  };
}

/** Moves through memory of this process: reads into it, and writes from it to the other descriptor. */
function bounceMover(chunkBytes: bigint): Mover {
  using opening = new DisposableStack();
  const own = opening.use(createAnonymousMemory(chunkBytes, { pages: "thp", populate: true }));
  const method = opening.use(methods.read({ chunkBytes }));
  const open = opening.move();
  return {
    threads: false,
    load(file, { io }, { fileOffset, bufferOffset, bytes }) {
      const moved = method.load(file, own, { fileOffset, bufferOffset: 0n, bytes });
      return method.store(io, own, { fileOffset: bufferOffset, bufferOffset: 0n, bytes: moved });
    },
    store(file, { io }, { fileOffset, bufferOffset, bytes }) {
      const moved = method.load(io, own, { fileOffset: bufferOffset, bufferOffset: 0n, bytes });
      return method.store(file, own, { fileOffset, bufferOffset: 0n, bytes: moved });
    },
    [Symbol.dispose]: () => open.dispose(),
  };
}

function partsOf({ fileOffset, bufferOffset, bytes }: Range): Range[] {
  return [...cut(bytes, partBytes)].map((part) => ({
    fileOffset: fileOffset + part.offset,
    bufferOffset: bufferOffset + part.offset,
    bytes: part.bytes,
  }));
}

/** Moves with `depth` threads that take one part after the other. */
function threadedMover(create: () => Method, depth: number): Mover {
  const stack = new DisposableStack();
  const lanes = Array.from({ length: depth }, () => stack.use(create()));
  const move = async (range: Range, one: (lane: Method, part: Range) => Promise<bigint>) => {
    const parts = partsOf(range).values();
    const moved = await Promise.allSettled(lanes.map(async (lane) => {
      let bytes = 0n;
      for (const part of parts) bytes += await one(lane, part);
      return bytes;
    }));
    // All calls have ended: the buffer may be closed.
    return moved.reduce((sum, lane) => {
      if (lane.status === "rejected") throw lane.reason;
      return sum + lane.value;
    }, 0n);
  };
  return {
    threads: true,
    load: (file, buffer, range) => move(range, (lane, part) => lane.loadAsync(file, buffer, part)),
    store: (file, buffer, range) =>
      move(range, (lane, part) => lane.storeAsync(file, buffer, part)),
    [Symbol.dispose]: () => stack.dispose(),
  };
}

/** Makes the mover of a row's bytes. */
export function createMover({ method, depth = 1 }: Row, chunkBytes: bigint): Mover {
  if (method === "io_uring") return ringMover(depth);
  if (method === "R+W") return bounceMover(chunkBytes);
  const create = () => methods[METHODS[method]]({ chunkBytes });
  if (depth > 1) return threadedMover(create, depth);
  const one = create();
  return {
    threads: false,
    load(file, buffer, range) {
      const moved = one.load(file, buffer, range);
      complete(buffer);
      return moved;
    },
    store: (file, buffer, range) => one.store(file, buffer, range),
    [Symbol.dispose]: () => one[Symbol.dispose](),
  };
}
