import { readKernelTextIfThere, type SystemError } from "../../ffi/mod.ts";

const BUDDYINFO = "/proc/buddyinfo";
/** What the kernel answers where it finds no huge page, though it has looked for one. */
const NO_HUGE_PAGE: readonly string[] = ["ENOMEM", "EAGAIN"];

/** Why one part of a buffer has small pages. */
export interface Refusal {
  why: string;
  /** Others may be had: the next part is tried again. */
  passing: boolean;
}

/**
 * What a refusal to make huge pages means, by what the kernel says of its free memory: there may be
 * enough of it, but in smaller blocks.
 *
 * @param error What madvise(2), `MADV_COLLAPSE`, failed with.
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

/** How many free blocks of at least an order all zones have, by the text of /proc/buddyinfo (proc(5)). */
export function freeBlocks(buddyinfo: string, order: number): number {
  const zones = buddyinfo.matchAll(/^Node \d+, zone +\S+ +(.*)$/gm);
  return [...zones].reduce((sum, [, counts = ""]) => {
    const blocks = counts.trim().split(/\s+/).map(Number);
    return sum + blocks.slice(order).reduce((all, count) => all + count, 0);
  }, 0);
}
