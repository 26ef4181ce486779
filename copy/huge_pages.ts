import { readKernelText, SystemError } from "../ffi/mod.ts";

/** The huge pages that the system has; see Documentation/admin-guide/mm. */
export interface HugePages {
  /** /sys/kernel/mm/transparent_hugepage/shmem_enabled, as "advise"; null without THP. */
  transparent: string | null;
  /** Free pages of hugetlbfs, of the default size. */
  free: number;
  /** The default size of hugetlbfs' pages, in bytes; 0 without hugetlbfs. */
  bytes: number;
}

/** Who gets transparent huge pages in memfds; writable by root. */
export const SHMEM_ENABLED = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";

/** Reads the state of the system's huge pages. */
export function hugePages(): HugePages {
  const meminfo = readKernelText("/proc/meminfo");
  const number = (field: string) =>
    Number(meminfo.match(new RegExp(`^${field}:\\s+(\\d+)`, "m"))?.[1] ?? 0);
  return {
    transparent: readSetting(SHMEM_ENABLED)?.match(/\[(\w+)\]/)?.[1] ?? null,
    free: number("HugePages_Free"),
    bytes: number("Hugepagesize") * 1024,
  };
}

const PMD_BYTES = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size";

/** The size of a transparent huge page, in bytes; null where the kernel has none. */
export function transparentHugePageBytes(): bigint | null {
  const text = readSetting(PMD_BYTES);
  return text === null ? null : BigInt(text);
}

/** Whether advised memfds get transparent huge pages: otherwise they must be collapsed to them. */
export function givesTransparentHugePages(): boolean {
  return ["always", "within_size", "advise", "force"].includes(hugePages().transparent ?? "");
}

/** The memory that can be had without swapping, in bytes. */
export function memoryAvailable(): bigint {
  const kib = readKernelText("/proc/meminfo").match(/^MemAvailable:\s+(\d+)/m)?.[1];
  return BigInt(kib ?? 0) * 1024n;
}

/** The default size of hugetlbfs' pages, in bytes. */
export function hugePageBytes(): bigint {
  const { bytes } = hugePages();
  if (bytes === 0) throw new RangeError("this kernel has no hugetlbfs: choose other pages");
  return BigInt(bytes);
}

/** A setting in /sys or /proc, or null where the kernel has none. */
export function readSetting(path: string): string | null {
  try {
    return readKernelText(path).trim();
  } catch (error) {
    if (error instanceof SystemError && error.code === "ENOENT") return null;
    throw error;
  }
}
