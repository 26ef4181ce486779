import type { Descriptor } from "./descriptor.ts";
import { type LongCall, longCall } from "./long_call.ts";
import type { Pipe } from "./pipe.ts";

const SPLICE_F_NONBLOCK = 2;
const POSITION = -1n;

/** A part of a file and a piece of mapped memory. */
export interface MemoryRange {
  /** The address in memory, which must stay mapped. */
  address: bigint;
  /** The length, in bytes. */
  bytes: bigint;
  /** The offset in the file, in bytes. */
  offset: bigint;
}

/** file → memory; see pread(2). */
export function readAt(file: Descriptor, range: MemoryRange): LongCall {
  return longCall("pread", [file.number, range.address, range.bytes, range.offset], file.name);
}

/** memory → file; see pwrite(2). */
export function writeAt(file: Descriptor, range: MemoryRange): LongCall {
  return longCall("pwrite", [file.number, range.address, range.bytes, range.offset], file.name);
}

/** memory → memory, see memcpy(3): both must be mapped, and not overlap. */
export function copyMemory(range: { from: bigint; to: bigint; bytes: bigint }): LongCall {
  return longCall("copy", [range.to, range.from, range.bytes], "memory");
}

/**
 * Compares memory with memory, both mapped; see memcmp(3).
 *
 * @returns the number of equal bytes, from the start on
 */
export function compareMemory(range: { a: bigint; b: bigint; bytes: bigint }): LongCall {
  return longCall("compare", [range.a, range.b, range.bytes], "memory");
}

/** memory → file by the file's mapping, with memcpy(3): for files without write(2) and other copies. */
export function copyIn(file: Descriptor, range: MemoryRange): LongCall {
  return longCall("copy_in", [file.number, range.offset, range.address, range.bytes], file.name);
}

/** A transfer between two descriptors. */
export interface Transfer {
  /** The source. */
  from: Descriptor;
  /** The destination. */
  to: Descriptor;
  /** The length, in bytes. */
  bytes: bigint;
}

/** Copies from `fromOffset` to the *position* of `to`, which advances; see sendfile(2). */
export function sendfile(
  { from, to, bytes, fromOffset }: Transfer & { fromOffset: bigint },
): LongCall {
  return longCall("sendfile", [to.number, from.number, fromOffset, bytes], route(from, to));
}

/** Copies between two offsets; see copy_file_range(2). */
export function copyFileRange(
  { from, to, bytes, fromOffset, toOffset }: Transfer & { fromOffset: bigint; toOffset: bigint },
): LongCall {
  const args: [number, bigint, number, bigint, bigint] = //
    [from.number, fromOffset, to.number, toOffset, bytes];
  return longCall("copy_file_range", args, route(from, to));
}

/** Moves as much as fits into the pipe without waiting for space; `EAGAIN` if full. See splice(2). */
export function fillPipe(
  pipe: Pipe,
  { from, fromOffset, bytes }: { from: Descriptor; fromOffset: bigint; bytes: bigint },
): LongCall {
  const { writeEnd: to } = pipe;
  return longCall(
    "splice",
    [from.number, fromOffset, to.number, POSITION, bytes, SPLICE_F_NONBLOCK],
    route(from, to),
  );
}

/** Moves from the pipe to an offset; see splice(2). */
export function drainPipe(
  pipe: Pipe,
  { to, toOffset, bytes }: { to: Descriptor; toOffset: bigint; bytes: bigint },
): LongCall {
  const { readEnd: from } = pipe;
  return longCall(
    "splice",
    [from.number, POSITION, to.number, toOffset, bytes, 0],
    route(from, to),
  );
}

function route(from: Descriptor, to: Descriptor): string {
  return `${from.name} → ${to.name}`;
}
