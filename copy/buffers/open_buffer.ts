import { Descriptor, fileStatus, Mapping } from "../../ffi/mod.ts";
import type { SharedBuffer } from "../buffer.ts";
import { wrapDmaBuf } from "./dmabuf.ts";

/** Options of {@linkcode openBuffer}. */
export interface OpenBufferOptions {
  /** What its mapping is for. @default "read-write" */
  access?: "read" | "read-write";
}

/**
 * A buffer of what is open as descriptor `number`: a memfd or a dma-buf that was handed over. Closing
 * the buffer leaves the number open.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createBuffer, openBuffer } from "dmacopy";
 *
 * using made = createBuffer("memfd", 8192n);
 * using opened = openBuffer(made.share.number);
 * assertEquals([opened.kind, opened.bytes], ["memfd", 8192n]);
 * ```
 *
 * @throws {SystemError} `EBADF` if it is not open
 * @throws {TypeError} if it is something else
 */
export function openBuffer(number: number, options: OpenBufferOptions = {}): SharedBuffer {
  using opening = new DisposableStack();
  const descriptor = opening.use(Descriptor.duplicate(number));
  const { bytes } = fileStatus(descriptor);
  const what = Deno.readLinkSync(`/proc/self/fd/${descriptor.number}`);
  const make = what.startsWith("/memfd:")
    ? wrapMemfd
    : /^(\/|anon_inode:)dmabuf/.test(what)
    ? wrapDmaBuf.bind(null, "dmabuf")
    : null;
  if (!make) throw new TypeError(`fd:${number} is ${what}, neither a memfd nor a dma-buf`);
  opening.move();
  return make(descriptor, bytes, options);
}

function wrapMemfd(
  memfd: Descriptor,
  bytes: bigint,
  options: OpenBufferOptions,
): SharedBuffer {
  const stack = new DisposableStack();
  stack.use(memfd);
  let mapping: Mapping | undefined;
  return {
    kind: "memfd",
    bytes,
    io: memfd,
    share: memfd,
    memfd,
    get mapping() {
      return mapping ??= stack.use(new Mapping(memfd, bytes, options));
    },
    beginCpuAccess: () => {},
    endCpuAccess: () => {},
    close: () => stack.dispose(),
    [Symbol.dispose]: () => stack.dispose(),
  };
}
