import type { CpuAccess } from "../ffi/mod.ts";
import type { IoMemory } from "./buffer.ts";
import type { LoadMethod } from "./method.ts";

const NOTHING: Disposable = { [Symbol.dispose]() {} };

/** Whether its pages are reached through a memfd. */
const isOfMemfd = (buffer: IoMemory) => buffer.memfd !== null && buffer.io === buffer.memfd;

/**
 * Announces that a method touches the buffer's mapping for a piece. The mapping of a memfd needs it only
 * once for all pieces, see {@linkcode accessMemfd} and {@linkcode accessWhole}.
 */
export function accessMapping(buffer: IoMemory, access: CpuAccess): Disposable {
  return isOfMemfd(buffer) ? NOTHING : buffer.cpuAccess(access);
}

/**
 * Announces that a method reads the pages of a udmabuf through its memfd, which no other call tells the
 * devices that have the buffer.
 */
export function accessMemfd(buffer: IoMemory): Disposable {
  return isOfMemfd(buffer) ? buffer.cpuAccess("read") : NOTHING;
}

/**
 * Announces that a method loads files into a buffer that devices may have. Bytes that it leaves alone
 * must be theirs, so the access is in both directions. The kernel does it by itself for a part that it
 * copies to a dma-buf.
 */
export function accessWhole(buffer: IoMemory, method: LoadMethod): Disposable {
  const isDone = method === "copy_file_range" && !isOfMemfd(buffer);
  return isDone ? NOTHING : buffer.cpuAccess("read-write");
}
