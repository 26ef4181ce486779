import { createUdmabuf, type Descriptor } from "../../ffi/mod.ts";
import type { BufferOptions, SharedBuffer } from "../buffer.ts";
import { mapMemfd, sizedMemfd, wholePages } from "./_memfd.ts";

/** A mapped memfd that is yet to become a udmabuf: until then it has nothing to share. */
export interface LateUdmabuf extends SharedBuffer {
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
  using opening = new DisposableStack();
  const size = wholePages(bytes, options);
  const memfd = opening.use(sizedMemfd(size, options));
  const mapping = opening.use(mapMemfd(memfd, size, options));
  const stack = opening.move();
  let share: Descriptor | null = null;
  return {
    kind: "udmabuf+memfd",
    bytes: size,
    io: memfd,
    get share() {
      if (share === null) throw new TypeError("the udmabuf is not made yet");
      return share;
    },
    memfd,
    mapping,
    beginCpuAccess: () => {},
    endCpuAccess: () => {},
    complete() {
      if (share !== null) throw new TypeError("the udmabuf is made already");
      share = stack.use(createUdmabuf(memfd, size));
    },
    close: () => stack.dispose(),
    [Symbol.dispose]: () => stack.dispose(),
  };
}
