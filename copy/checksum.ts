import type { Hash } from "../ffi/mod.ts";
import type { SharedBuffer } from "./buffer.ts";
import { checkRange } from "./_range.ts";
import { runAsync, runSync, type Steps } from "./_steps.ts";

/**
 * Feeds a buffer's first `bytes` to a hash. What is backed by a memfd is read from there, which
 * leaves the mapping's page tables alone; a heap's dma-buf is read by its mapping.
 *
 * @throws {RangeError} if the buffer is smaller
 */
export function checksum(buffer: SharedBuffer, hash: Hash, bytes: bigint = buffer.bytes): void {
  runSync(steps(buffer, hash, bytes));
}

/** {@linkcode checksum}, off the main thread. */
export async function checksumAsync(
  buffer: SharedBuffer,
  hash: Hash,
  bytes: bigint = buffer.bytes,
): Promise<void> {
  await runAsync(steps(buffer, hash, bytes));
}

function* steps(buffer: SharedBuffer, hash: Hash, bytes: bigint): Steps<void> {
  checkRange(buffer, { fileOffset: 0n, bufferOffset: 0n, bytes });
  if (buffer.memfd) {
    yield hash.file(buffer.memfd, { bytes });
    return;
  }
  buffer.beginCpuAccess("read");
  try {
    yield hash.memory({ address: buffer.mapping.address, bytes });
  } finally {
    buffer.endCpuAccess("read");
  }
}
