import type { BufferKind, BufferOptions, CreateBuffer, SharedBuffer } from "../buffer.ts";
import { createDmabufBuffer } from "./dmabuf.ts";
import { createMemfdBuffer } from "./memfd.ts";
import { createUdmabufBuffer, createUdmabufMemfdBuffer } from "./udmabuf.ts";

/** How each kind of buffer is made. */
export const buffers: Readonly<Record<BufferKind, CreateBuffer>> = {
  "memfd": createMemfdBuffer,
  "udmabuf+memfd": createUdmabufMemfdBuffer,
  "udmabuf": createUdmabufBuffer,
  "dmabuf": createDmabufBuffer,
};

/**
 * Creates a mapped buffer of `bytes`, rounded up to whole pages.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createBuffer } from "dmacopy";
 *
 * using buffer = createBuffer("memfd", 5000n);
 * assertEquals([buffer.kind, buffer.bytes], ["memfd", 8192n]);
 * ```
 *
 * @throws {SystemError} where the kernel can't; nothing stays open then
 */
export function createBuffer(
  kind: BufferKind,
  bytes: bigint,
  options: BufferOptions = {},
): SharedBuffer {
  return buffers[kind](bytes, options);
}
