import { roundUp } from "../base/round_up.ts";
import { readKernelText, readKernelTextIfThere } from "../ffi/mod.ts";
import { lazily } from "./_lazily.ts";

/** The huge pages that the system has; see Documentation/admin-guide/mm. */
export interface HugePages {
  /** /sys/kernel/mm/transparent_hugepage/shmem_enabled, as "advise"; null without THP. */
  transparent: string | null;
  /** The size of a transparent huge page, in bytes; 0 without THP. */
  transparentBytes: number;
  /** Free pages of hugetlbfs, of the default size. */
  free: number;
  /** The default size of hugetlbfs' pages, in bytes; 0 without hugetlbfs. */
  bytes: number;
}

/** The policy for transparent huge pages in memfds; root may write to it. */
export const SHMEM_ENABLED = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
/** The number of pages of hugetlbfs; root may write to it. */
export const NR_HUGEPAGES = "/proc/sys/vm/nr_hugepages";

const PMD_BYTES = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size";
const MEMINFO = "/proc/meminfo";

/** The state of the system's huge pages, each number read when it is first asked for. */
export function hugePages(meminfo = () => readKernelText(MEMINFO)): HugePages {
  return lazily({
    transparent: () => readSetting(SHMEM_ENABLED)?.match(/\[(\w+)\]/)?.[1] ?? null,
    transparentBytes: () => Number(readSetting(PMD_BYTES) ?? 0),
    free: () => numberIn(meminfo(), "HugePages_Free"),
    bytes: () => numberIn(meminfo(), "Hugepagesize") * 1024,
  });
}

/** Whether memfds with the advice get transparent huge pages: otherwise small pages must be collapsed. */
export function givesTransparentHugePages({ transparent }: HugePages): boolean {
  return ["always", "within_size", "advise", "force"].includes(transparent ?? "");
}

/** The number behind a field of /proc/meminfo or a cgroup's memory.stat; 0 if it is missing. */
export function numberIn(text: string, field: string): number {
  return Number(text.match(new RegExp(`^${field}:?\\s+(\\d+)`, "m"))?.[1] ?? 0);
}

/** The default size of hugetlbfs' pages, in bytes. */
export function hugetlbPageBytes(): bigint {
  const bytes = numberIn(readKernelText(MEMINFO), "Hugepagesize") * 1024;
  if (bytes === 0) throw new RangeError("this kernel has no hugetlbfs: choose other pages");
  return BigInt(bytes);
}

/** The most memory to waste at a buffer's end for one more huge page. */
const MAX_SPARE_BYTES = 32n << 20n;

/**
 * The memory for a buffer of `bytes` whose end nobody sees: whole huge pages, as small ones take longer.
 * If huge pages are as large as 512 MiB, the end has small ones.
 */
export function withLastHugePage(bytes: bigint, hugeBytes: bigint): bigint {
  if (hugeBytes === 0n || bytes < hugeBytes) return bytes;
  const rounded = roundUp(bytes, hugeBytes);
  return rounded - bytes > MAX_SPARE_BYTES ? bytes : rounded;
}

/** A setting in /sys or /proc, or null if the kernel has none. */
export function readSetting(path: string): string | null {
  return readKernelTextIfThere(path)?.trim() ?? null;
}
