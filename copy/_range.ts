import type { IoMemory } from "./buffer.ts";
import type { Range } from "./method.ts";

/** Throws a `RangeError` unless the range lies in the buffer. */
export function checkRange(buffer: IoMemory, { fileOffset, bufferOffset, bytes }: Range): void {
  if (fileOffset < 0n || bufferOffset < 0n || bytes < 0n) {
    throw new RangeError(`a range can't be negative: ${bytes} bytes at ${fileOffset} of the file`);
  }
  if (bufferOffset + bytes > buffer.bytes) {
    throw new RangeError(
      `${bytes} bytes at ${bufferOffset} don't fit into a buffer of ${buffer.bytes} bytes`,
    );
  }
}
