import { Hash } from "../ffi/mod.ts";
import { accessMapping } from "./_access.ts";
import type { IoMemory } from "./buffer.ts";
import type { Range } from "./method.ts";
import { checkRange } from "./_range.ts";

/**
 * Feeds a buffer's first `bytes` to a hash. It reads a memfd through its descriptor, which leaves the
 * mapping's page tables unchanged, and a heap's dma-buf through its mapping.
 *
 * @throws {RangeError} if the buffer is smaller
 */
export function checksum(buffer: IoMemory, hash: Hash, bytes: bigint = buffer.bytes): void {
  checkRange(buffer, { fileOffset: 0n, bufferOffset: 0n, bytes });
  if (buffer.memfd) {
    hash.file(buffer.memfd, { bytes }).sync();
    return;
  }
  checksumMapping(buffer, hash, bytes);
}

/** {@linkcode checksum} through the existing mapping, which marks no page of a memfd as used again. */
export function checksumMapping(buffer: IoMemory, hash: Hash, bytes: bigint): void {
  using _access = accessMapping(buffer, "read");
  hash.memory({ address: buffer.mapping.address, bytes }).sync();
}

/** The XXH64 of parts of a buffer, one after the other. */
export function digestOf(buffer: IoMemory, ranges: readonly Range[]): string {
  const hash = new Hash();
  using _access = accessMapping(buffer, "read");
  for (const { bufferOffset, bytes } of ranges) {
    hash.memory({ address: buffer.mapping.address + bufferOffset, bytes }).sync();
  }
  return hash.digest();
}
