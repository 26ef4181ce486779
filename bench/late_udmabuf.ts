import { type BufferOptions, createBuffer, type IoMemory } from "../copy/mod.ts";
import { createUdmabuf } from "../ffi/mod.ts";

/** A mapped memfd that is yet to become a udmabuf. */
export interface LateUdmabuf extends IoMemory, Disposable {
  /** Makes the udmabuf, maybe while reads into the memfd are under way. Call it once. */
  complete(): void;
}

/**
 * A memfd of `bytes`, mapped, whose pages are made by what is read into it, if `options` don't say
 * otherwise. The order that D. Vetter asked about: first the reads, then the udmabuf.
 *
 * @throws {SystemError} where the kernel can't; nothing stays open then
 */
export function createLateUdmabuf(bytes: bigint, options: BufferOptions = {}): LateUdmabuf {
  const stack = new DisposableStack();
  const buffer = stack.use(createBuffer("memfd", bytes, options));
  let isMade = false;
  return {
    bytes: buffer.bytes,
    io: buffer.io,
    memfd: buffer.memfd,
    mapping: buffer.mapping,
    cpuAccess: (access) => buffer.cpuAccess(access),
    complete() {
      if (isMade) throw new TypeError("the udmabuf is made already");
      stack.use(createUdmabuf(buffer.io, buffer.bytes));
      isMade = true;
    },
    [Symbol.dispose]: () => stack.dispose(),
  };
}
