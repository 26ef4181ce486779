import { type Descriptor, type MemoryRange, Ring, SystemError } from "../../ffi/mod.ts";
import type { SharedBuffer } from "../buffer.ts";
import type { LoadMethod, Range, Reader } from "../method.ts";
import { BounceReader } from "./_bounce.ts";
import { methods } from "./mod.ts";

/** Options of {@linkcode createReader}. */
export interface ReaderOptions {
  /** The most bytes to move at once. */
  chunkBytes: bigint;
  /** The number of ranges to read at once. */
  depth: number;
}

/**
 * Makes a reader that fills a buffer.
 *
 * @throws {SystemError} if the kernel has no io_uring
 */
export function createReader(name: LoadMethod, options: ReaderOptions): Reader {
  const { chunkBytes, depth } = options;
  if (name === "io_uring") return new RingReader(depth);
  if (name === "bounce") return new BounceReader(options);
  const method = methods[name]({ chunkBytes });
  return {
    read: (file, buffer, range) => method.loadAsync(file, buffer, range),
    [Symbol.dispose]: () => method[Symbol.dispose](),
  };
}

/** The largest registered buffer: io_uring_register(2), IORING_REGISTER_BUFFERS. */
const MOST_AT_ONCE = 1n << 30n;

interface Request {
  file: Descriptor;
  settle: PromiseWithResolvers<bigint>;
}

/** Reads into registered parts of the mapping, as many at once as the ring has slots. */
class RingReader implements Reader {
  readonly #ring: Ring;
  /** The read of each slot, or null if the slot is free. */
  readonly #slots: (Request | null)[];
  #waiting = false;

  constructor(depth: number) {
    this.#ring = new Ring(depth);
    this.#slots = new Array(depth).fill(null);
  }

  async read(file: Descriptor, buffer: SharedBuffer, range: Range): Promise<bigint> {
    const { fileOffset, bufferOffset, bytes } = range;
    const address = buffer.mapping.address + bufferOffset;
    let done = 0n;
    while (done < bytes) {
      const left = bytes - done;
      const moved = await this.#begin(file, {
        address: address + done,
        bytes: left < MOST_AT_ONCE ? left : MOST_AT_ONCE,
        offset: fileOffset + done,
      });
      if (moved === 0n) break;
      done += moved;
    }
    return done;
  }

  #begin(file: Descriptor, range: MemoryRange): Promise<bigint> {
    const slot = this.#slots.indexOf(null);
    if (slot < 0) throw new TypeError(`more than ${this.#slots.length} reads at once`);
    this.#ring.read(slot, file, range);
    const settle = Promise.withResolvers<bigint>();
    this.#slots[slot] = { file, settle };
    if (!this.#waiting) this.#wait();
    return settle.promise;
  }

  /** Waits until all reads have ended. */
  async #wait(): Promise<void> {
    this.#waiting = true;
    while (this.#slots.some((request) => request !== null)) {
      await this.#ring.wait().async();
      for (const { slot, result } of this.#ring.reap()) this.#finish(slot, result);
    }
    this.#waiting = false;
  }

  #finish(slot: number, result: number): void {
    const request = this.#slots[slot];
    this.#slots[slot] = null;
    if (!request) return;
    if (result >= 0) return request.settle.resolve(BigInt(result));
    const error = { call: "io_uring read", subject: request.file.name };
    request.settle.reject(new SystemError(-result, error));
  }

  [Symbol.dispose](): void {
    this.#ring.close();
  }
}
