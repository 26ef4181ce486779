import { type Descriptor, Ring, SystemError } from "../ffi/mod.ts";
import type { IoMemory, Range } from "../copy/mod.ts";

/** Options of {@linkcode RingLoad}. */
export interface RingLoadOptions {
  /** The number of parts to read at once. */
  depth: number;
  /** The largest size of a part in bytes, a multiple of the alignment of direct I/O. */
  partBytes: bigint;
}

/** Fills buffers on the calling thread by io_uring, part by part, each registered before its read. */
export class RingLoad implements Disposable {
  readonly #ring: Ring;
  readonly #partBytes: bigint;

  /** @throws {SystemError} if the kernel has no io_uring, or forbids it */
  constructor({ depth, partBytes }: RingLoadOptions) {
    this.#ring = new Ring(depth);
    this.#partBytes = partBytes;
  }

  /**
   * file → buffer. `onBegun` runs during the first reads.
   *
   * @returns the bytes moved: less than asked for where a read fell short
   * @throws {SystemError} the first failure, after all reads have ended
   */
  load(file: Descriptor, buffer: IoMemory, range: Range, onBegun = () => {}): bigint {
    let begun = 0n;
    let moved = 0n;
    let underWay = 0;
    let failure: unknown = null;
    const attempt = (action: () => void) => {
      try {
        action();
      } catch (error) {
        failure ??= error;
      }
    };
    const begin = (slot: number) => {
      if (begun === range.bytes || failure !== null) return;
      const left = range.bytes - begun;
      const bytes = left < this.#partBytes ? left : this.#partBytes;
      const address = buffer.mapping.address + range.bufferOffset + begun;
      this.#ring.read(slot, file, { address, bytes, offset: range.fileOffset + begun });
      begun += bytes;
      underWay++;
    };

    for (let slot = 0; slot < this.#ring.slots; slot++) attempt(() => begin(slot));
    if (failure === null) attempt(onBegun);
    while (underWay > 0) {
      this.#ring.wait().sync();
      for (const { slot, result } of this.#ring.reap()) {
        underWay--;
        if (result >= 0) moved += BigInt(result);
        else failure ??= new SystemError(-result, { call: "io_uring read", subject: file.name });
        attempt(() => begin(slot));
      }
    }
    if (failure !== null) throw failure;
    return moved;
  }

  [Symbol.dispose](): void {
    this.#ring.close();
  }
}
