import { allocateFromHeap, beginCpuAccess, endCpuAccess, Mapping } from "../../ffi/mod.ts";
import type { BufferOptions, SharedBuffer } from "../buffer.ts";
import { wholePages } from "./_memfd.ts";
import { open } from "./_open.ts";

const HEAP = "system";

/** A dma-buf of the system heap, which chooses its pages and allocates them at once. */
export function createDmabufBuffer(bytes: bigint, options: BufferOptions = {}): SharedBuffer {
  if (options.pages !== undefined && options.pages !== "4k") {
    throw new TypeError(`a dmabuf's pages are the heap's choice: "${options.pages}" is for memfds`);
  }
  const size = wholePages(bytes);
  return open((own) => {
    const dmaBuf = own(allocateFromHeap(HEAP, size));
    const mapping = own(new Mapping(dmaBuf, size));
    return {
      kind: "dmabuf",
      io: dmaBuf,
      share: dmaBuf,
      memfd: null,
      mapping,
      beginCpuAccess: (access) => beginCpuAccess(dmaBuf, access),
      endCpuAccess: (access) => endCpuAccess(dmaBuf, access),
    };
  });
}
