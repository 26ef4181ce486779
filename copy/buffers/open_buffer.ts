import { Descriptor, fileStatus, type MappingOptions } from "../../ffi/mod.ts";
import type { SharedBuffer } from "../buffer.ts";
import { Buffer } from "./_buffer.ts";

/** Options of {@linkcode openBuffer}. */
export interface OpenBufferOptions extends Pick<MappingOptions, "access"> {
  /** The access of its mapping. @default "read-write" */
  access?: "read" | "read-write";
}

/**
 * Makes a buffer from descriptor `number`: a memfd or a dma-buf that was handed over. Closing the buffer
 * leaves the number open.
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
 * @throws {SystemError} `EBADF` if the number is not open
 * @throws {TypeError} if it is neither
 */
export function openBuffer(number: number, options: OpenBufferOptions = {}): SharedBuffer {
  using opening = new DisposableStack();
  const descriptor = opening.use(Descriptor.duplicate(number));
  const { bytes } = fileStatus(descriptor);
  const what = Deno.readLinkSync(`/proc/self/fd/${descriptor.number}`);
  const isMemfd = what.startsWith("/memfd:");
  if (!isMemfd && !/^(\/|anon_inode:)dmabuf/.test(what)) {
    throw new TypeError(`fd:${number} is ${what}, neither a memfd nor a dma-buf`);
  }
  opening.move();
  return isMemfd
    ? new Buffer({ kind: "memfd", via: "memfd", bytes, memfd: descriptor, map: options })
    : new Buffer({ kind: "dmabuf", via: "dmabuf", bytes, dmaBuf: descriptor, map: options });
}
