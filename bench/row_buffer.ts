import { createBuffer, type IoMemory } from "../copy/mod.ts";
import { createAnonymousMemory } from "./anonymous_memory.ts";
import { createLateUdmabuf } from "./late_udmabuf.ts";
import type { Row } from "./result.ts";
import { BUFFERS } from "./rows.ts";

/** The size of a row's buffer, and where to map it. */
export interface RowBufferOptions {
  bytes: bigint;
  addressHint: bigint;
}

/** Creates a buffer for a row, mapped. */
export function createRowBuffer(
  row: Row,
  { bytes, addressHint }: RowBufferOptions,
): IoMemory & Disposable {
  const options = { pages: row.pages ?? "4k", populate: row.populate ?? false, addressHint };
  if (row.buffer === "anonymous") return createAnonymousMemory(bytes, options);
  if (row.udmabufLast) return createLateUdmabuf(bytes, options);
  const { kind, via } = BUFFERS[row.buffer];
  return createBuffer(kind, bytes, { ...options, via });
}

/** Closes a udmabuf's memfd first, as the letter's author's program does: that takes the kernel longer. */
export function closeRowBuffer(buffer: IoMemory & Disposable): void {
  if (buffer.memfd) {
    buffer.mapping[Symbol.dispose]();
    buffer.memfd[Symbol.dispose]();
  }
  buffer[Symbol.dispose]();
}
