import {
  beginCpuAccess,
  createUdmabuf,
  type Descriptor,
  endCpuAccess,
  Mapping,
} from "../../ffi/mod.ts";
import type { BufferOptions, SharedBuffer } from "../buffer.ts";
import { mapMemfd, sizedMemfd, wholePages } from "./_memfd.ts";
import { open } from "./_open.ts";

/** A udmabuf over a memfd, mapped and copied through the *dma-buf*. */
export function createUdmabufBuffer(bytes: bigint, options: BufferOptions = {}): SharedBuffer {
  const size = wholePages(bytes, options);
  return open((own) => {
    const memfd = own(sizedMemfd(size, options));
    if (mustPopulate(options)) populate(memfd, size, options);
    const dmaBuf = own(createUdmabuf(memfd, size));
    const mapping = own(new Mapping(dmaBuf, size));
    return {
      kind: "udmabuf",
      io: dmaBuf,
      share: dmaBuf,
      memfd,
      mapping,
      beginCpuAccess: (access) => beginCpuAccess(dmaBuf, access),
      endCpuAccess: (access) => endCpuAccess(dmaBuf, access),
    };
  });
}

/** A udmabuf over a memfd; mapped, read, sent and spliced through the *memfd*. */
export function createUdmabufMemfdBuffer(bytes: bigint, options: BufferOptions = {}): SharedBuffer {
  const size = wholePages(bytes, options);
  return open((own) => {
    const memfd = own(sizedMemfd(size, options));
    if (mustPopulate(options)) populate(memfd, size, options);
    const dmaBuf = own(createUdmabuf(memfd, size));
    const mapping = own(mapMemfd(memfd, size, { ...options, populate: false }));
    return {
      kind: "udmabuf+memfd",
      io: memfd,
      share: dmaBuf,
      memfd,
      mapping,
      beginCpuAccess: () => {},
      endCpuAccess: () => {},
    };
  });
}

/**
 * Large pages go first. Creating the udmabuf would allocate small ones, whatever was advised, and
 * those of hugetlbfs without a reservation, which Linux before 6.16 then counts below zero.
 */
function mustPopulate({ populate, pages = "4k" }: BufferOptions): boolean {
  return populate === true || pages !== "4k";
}

function populate(memfd: Descriptor, bytes: bigint, options: BufferOptions): void {
  mapMemfd(memfd, bytes, { ...options, populate: true }).close();
}
