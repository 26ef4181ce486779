import type { BufferOptions, SharedBuffer } from "../buffer.ts";
import { mapMemfd, sizedMemfd, wholePages } from "./_memfd.ts";
import { open } from "./_open.ts";

/** A mapped memfd. Its pages are allocated as they are touched, unless populated. */
export function createMemfdBuffer(bytes: bigint, options: BufferOptions = {}): SharedBuffer {
  const size = wholePages(bytes, options);
  return open((own) => {
    const memfd = own(sizedMemfd(size, options));
    const mapping = own(mapMemfd(memfd, size, options));
    return {
      kind: "memfd",
      io: memfd,
      share: memfd,
      memfd,
      mapping,
      beginCpuAccess: () => {},
      endCpuAccess: () => {},
    };
  });
}
