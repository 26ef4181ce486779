import type { Descriptor } from "./descriptor.ts";
import { fileStatus } from "./file.ts";
import { readKernelTextIfThere } from "./kernel_text.ts";
import { library } from "./_library.ts";
import { SystemError, unwrap } from "./system_error.ts";

const ENOSYS = 38;
const POSIX_FADV_DONTNEED = 4;

/** A part of a file. */
export interface CachePart {
  /** The start, in bytes. @default 0n */
  offset?: bigint;
  /** The length, in bytes; 0n means to the file's end. @default 0n */
  bytes?: bigint;
}

/**
 * The number of the file's pages in the page cache; see cachestat(2). Before Linux 6.5, mincore(2)
 * counts those of the whole file.
 */
export function residentPages(file: Descriptor, part: CachePart = {}): number {
  const { offset = 0n, bytes = 0n } = part;
  const out = new BigUint64Array(5);
  const result = library().cachestat(file.number, offset, bytes, out);
  if (result === -ENOSYS) return residentPagesByMincore(file);
  unwrap(result, { call: "cachestat", subject: file.name });
  return Number(out[0]);
}

/** {@linkcode residentPages} for older kernels: maps the file and asks mincore(2). */
export function residentPagesByMincore(file: Descriptor): number {
  const { bytes } = fileStatus(file);
  if (bytes === 0n) return 0;
  const pages = library().mincore(file.number, bytes);
  return Number(unwrap(pages, { call: "mincore", subject: file.name }));
}

/** Drops clean pages of the file from the page cache; see posix_fadvise(2), `POSIX_FADV_DONTNEED`. */
export function dropFromCache(file: Descriptor, part: CachePart = {}): void {
  const { offset = 0n, bytes = 0n } = part;
  const result = library().fadvise(file.number, offset, bytes, POSIX_FADV_DONTNEED);
  unwrap(result, { call: "posix_fadvise", subject: file.name });
}

/**
 * The bytes that block devices have read for this process; see `read_bytes` of
 * /proc/PID/io in proc(5). Null if the kernel does not count it (CONFIG_TASK_IO_ACCOUNTING).
 */
export function bytesReadFromDisks(): bigint | null {
  try {
    const bytes = readKernelTextIfThere("/proc/self/io")?.match(/^read_bytes: (\d+)$/m)?.[1];
    return bytes === undefined ? null : BigInt(bytes);
  } catch (error) {
    if (error instanceof SystemError) return null;
    throw error;
  }
}
