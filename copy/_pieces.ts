import { type Descriptor, type DirectAlignment, directAlignment } from "../ffi/mod.ts";
import type { Range } from "./method.ts";

/** Where a filesystem doesn't say: what suits every block device. */
export const USUAL_ALIGNMENT: DirectAlignment = { memoryBytes: 4096, offsetBytes: 4096 };

/** What direct I/O on the file must be aligned to. */
export function alignmentOf(file: Descriptor): DirectAlignment {
  const alignment = directAlignment(file);
  return alignment === null || alignment === "unknown" ? USUAL_ALIGNMENT : alignment;
}

/** A part of a file to move at once. */
export interface Piece extends Range {
  /** Whether direct I/O can move it: its offsets and its length are aligned. */
  aligned: boolean;
}

/** Cuts a range into pieces of `chunkBytes`: what is aligned, and the ends that are not. */
export function cutRange(
  range: Range,
  chunkBytes: bigint,
  { offsetBytes, memoryBytes }: DirectAlignment,
): Piece[] {
  const align = BigInt(offsetBytes);
  const start = range.fileOffset;
  const end = start + range.bytes;
  const [bodyStart, bodyEnd] = [roundUp(start, align), end / align * align];
  const memory = range.bufferOffset + bodyStart - start;
  if (bodyStart >= bodyEnd || memory % BigInt(memoryBytes) !== 0n) {
    return cut(range, { from: start, to: end, step: chunkBytes, aligned: false });
  }
  const step = roundUp(chunkBytes, align);
  return [
    ...cut(range, { from: start, to: bodyStart, step: chunkBytes, aligned: false }),
    ...cut(range, { from: bodyStart, to: bodyEnd, step, aligned: true }),
    ...cut(range, { from: bodyEnd, to: end, step: chunkBytes, aligned: false }),
  ];
}

function cut(
  range: Range,
  { from, to, step, aligned }: { from: bigint; to: bigint; step: bigint; aligned: boolean },
): Piece[] {
  const pieces: Piece[] = [];
  for (let fileOffset = from; fileOffset < to; fileOffset += step) {
    const bytes = fileOffset + step < to ? step : to - fileOffset;
    const bufferOffset = range.bufferOffset + fileOffset - range.fileOffset;
    pieces.push({ fileOffset, bufferOffset, bytes, aligned });
  }
  return pieces;
}

function roundUp(value: bigint, to: bigint): bigint {
  return (value + to - 1n) / to * to;
}
