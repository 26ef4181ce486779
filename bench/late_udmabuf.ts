import { type BufferOptions, createBuffer, type IoMemory } from "../copy/mod.ts";
import { createUdmabuf } from "../ffi/mod.ts";

/** A mapped memfd that will become a udmabuf. */
export interface LateUdmabuf extends IoMemory, Disposable {
  /** Makes the udmabuf; reads into the memfd may be in progress. Call it once. */
  complete(): void;
}

/**
 * A mapped memfd of `bytes`. Reads into it make its pages, unless `options` say otherwise. The order that D. Vetter asked about: first the reads, then the udmabuf.
 *
 * @throws {SystemError} if the kernel can't; nothing stays open then
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
