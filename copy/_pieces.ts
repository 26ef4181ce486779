import { cut } from "../base/cut.ts";
import { roundUp } from "../base/round_up.ts";
import { type DirectAlignment, placeBytes } from "../ffi/mod.ts";
import type { Range } from "./method.ts";

/** The alignment if a filesystem reports none: it suits every block device. */
export function usualAlignment(): DirectAlignment {
  const bytes = Number(placeBytes());
  return { memoryBytes: bytes, offsetBytes: bytes };
}

/** A part of a file that is moved at once. */
export interface Piece extends Range {
  /** Whether direct I/O can move it: its offsets and its length are aligned. */
  aligned: boolean;
}

/** Cuts a range into aligned pieces of `chunkBytes`, and ends that are not aligned. */
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
  const pieces = (from: bigint, to: bigint, { step = chunkBytes, aligned = false } = {}) =>
    [...cut(to - from, step)].map(({ offset, bytes }) => ({
      fileOffset: from + offset,
      bufferOffset: range.bufferOffset + from + offset - start,
      bytes,
      aligned,
    }));
  if (bodyStart >= bodyEnd || memory % BigInt(memoryBytes) !== 0n) return pieces(start, end);
  return [
    ...pieces(start, bodyStart),
    ...pieces(bodyStart, bodyEnd, { step: roundUp(chunkBytes, align), aligned: true }),
    ...pieces(bodyEnd, end),
  ];
}
