import { type Descriptor, Mapping } from "../../ffi/mod.ts";
import type { BufferOptions, SharedBuffer } from "../buffer.ts";
import { wholePages } from "./_memfd.ts";

function noDescriptor(): Descriptor {
  throw new TypeError("anonymous memory has no descriptor: use R/W");
}

/** Private memory of this process. It can't be shared: it shows what the disk alone gives. */
export function createAnonymousBuffer(bytes: bigint, options: BufferOptions = {}): SharedBuffer {
  if (options.pages === "hugetlb") {
    throw new TypeError('anonymous memory has "4k" or "thp" pages: "hugetlb" is for memfds');
  }
  using opening = new DisposableStack();
  const mapping = opening.use(new Mapping(null, wholePages(bytes)));
  if (options.pages === "thp") mapping.advise("huge-pages");
  if (options.populate) mapping.advise("populate-write");
  const stack = opening.move();
  return {
    kind: "anonymous",
    bytes: mapping.bytes,
    get io() {
      return noDescriptor();
    },
    get share() {
      return noDescriptor();
    },
    memfd: null,
    mapping,
    beginCpuAccess: () => {},
    endCpuAccess: () => {},
    close: () => stack.dispose(),
    [Symbol.dispose]: () => stack.dispose(),
  };
}
