import type { CpuAccess } from "../ffi/mod.ts";
import type { IoMemory } from "./buffer.ts";

const NOTHING: Disposable = { [Symbol.dispose]() {} };

/** Whether its pages are reached through a memfd. */
const isOfMemfd = (buffer: IoMemory) => buffer.memfd !== null && buffer.io === buffer.memfd;

/**
 * Announces that a method touches the buffer's mapping for a piece. The mapping of a memfd needs it only
 * once for all pieces, see {@linkcode accessMemfd}.
 */
export function accessMapping(buffer: IoMemory, access: CpuAccess): Disposable {
  return isOfMemfd(buffer) ? NOTHING : buffer.cpuAccess(access);
}

/**
 * Announces that methods read or write the pages of a udmabuf through its memfd, which no other call
 * tells the devices that have the buffer. A load may leave bytes as they are, so that it is "read-write".
 */
export function accessMemfd(buffer: IoMemory, access: "read" | "read-write"): Disposable {
  return isOfMemfd(buffer) ? buffer.cpuAccess(access) : NOTHING;
}
