import {
  allocateFromHeap,
  beginCpuAccess,
  type Descriptor,
  endCpuAccess,
  Mapping,
  type MappingOptions,
} from "../../ffi/mod.ts";
import type { BufferKind, BufferOptions, SharedBuffer } from "../buffer.ts";
import { wholePages } from "./_memfd.ts";
import { open } from "./_open.ts";

/** The heap where no other is asked for. */
export const SYSTEM_HEAP = "system";

/** A dma-buf of a heap, which chooses its pages and allocates them at once. */
export function createDmabufBuffer(bytes: bigint, options: BufferOptions = {}): SharedBuffer {
  if (options.pages !== undefined && options.pages !== "4k") {
    throw new TypeError(`a dmabuf's pages are the heap's choice: "${options.pages}" is for memfds`);
  }
  const size = wholePages(bytes);
  return open((own) => {
    const dmaBuf = own(allocateFromHeap(options.heap ?? SYSTEM_HEAP, size));
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

/**
 * A dma-buf of `bytes` as a buffer, which owns it. It is mapped when its mapping is asked for: a
 * heap maps all pages at once, which takes longer than to make them, and copy_file_range needs none.
 */
export function wrapDmaBuf(
  kind: BufferKind,
  dmaBuf: Descriptor,
  bytes: bigint,
  options: MappingOptions = {},
): SharedBuffer {
  const stack = new DisposableStack();
  stack.use(dmaBuf);
  let mapping: Mapping | undefined;
  return {
    kind,
    bytes,
    io: dmaBuf,
    share: dmaBuf,
    memfd: null,
    get mapping() {
      return mapping ??= stack.use(new Mapping(dmaBuf, bytes, options));
    },
    beginCpuAccess: (access) => beginCpuAccess(dmaBuf, access),
    endCpuAccess: (access) => endCpuAccess(dmaBuf, access),
    close: () => stack.dispose(),
    [Symbol.dispose]: () => stack.dispose(),
  };
}
