import { readKernelTextIfThere, type SystemError } from "../../ffi/mod.ts";

const BUDDYINFO = "/proc/buddyinfo";
/** The errors with which the kernel reports that it found no huge page. */
const NO_HUGE_PAGE: readonly string[] = ["ENOMEM", "EAGAIN"];

/** The reason why a part of a buffer has small pages. */
export interface Refusal {
  why: string;
  /** The next part may still get huge pages: try it again. */
  passing: boolean;
}

/**
 * Explains why the kernel refused huge pages, from its report of free memory: there may be enough
 * memory, but in smaller blocks.
 *
 * @param error The error of madvise(2), `MADV_COLLAPSE`.
 * @param hugeBytes The size of a huge page.
 */
export function explainRefusal(
  error: SystemError,
  { hugeBytes, pageBytes, buddyinfo = readKernelTextIfThere(BUDDYINFO) }: {
    hugeBytes: bigint;
    pageBytes: bigint;
    buddyinfo?: string | null;
  },
): Refusal {
  if (!NO_HUGE_PAGE.includes(error.code)) return { why: error.message, passing: false };
  const order = Math.log2(Number(hugeBytes / pageBytes));
  const isFragmented = buddyinfo !== null && freeBlocks(buddyinfo, order) === 0;
  const why = isFragmented
    ? `memory is fragmented, no free block has ${hugeBytes >> 10n} KiB`
    : error.message;
  return { why, passing: true };
}

/** The number of free blocks of at least an order in all zones, from the text of /proc/buddyinfo (proc(5)). */
export function freeBlocks(buddyinfo: string, order: number): number {
  const zones = buddyinfo.matchAll(/^Node \d+, zone +\S+ +(.*)$/gm);
  return [...zones].reduce((sum, [, counts = ""]) => {
    const blocks = counts.trim().split(/\s+/).map(Number);
    return sum + blocks.slice(order).reduce((all, count) => all + count, 0);
  }, 0);
}
