import type { BufferKind, PageKind } from "./buffer.ts";
import { hugePages, memoryAvailable, SHMEM_ENABLED } from "./huge_pages.ts";
import { udmabufLimits } from "./probe.ts";
import { howToEnable, type Support, tryBuffer, tryTransparentHugePages } from "./support.ts";

const MIB = 1n << 20n;
const NR_HUGEPAGES = "/proc/sys/vm/nr_hugepages";
const SIZE_LIMIT = "/sys/module/udmabuf/parameters/size_limit_mb";

/** What a buffer is to be. */
interface Wanted {
  kind: BufferKind;
  pages: PageKind;
  /** Its size. */
  bytes: bigint;
  heap: string | undefined;
}

/** Why a buffer of this kind, of these pages and of this size can't be made here, or null. */
export function obstacleToBuffer({ kind, pages, bytes, heap }: Wanted): string | null {
  return obstacleToKind(kind, tryBuffer(kind, { heap })) ??
    (kind.startsWith("udmabuf") ? beyondLimit(bytes) : null) ??
    obstacleToPages(pages, bytes);
}

function obstacleToKind(kind: BufferKind, support: Support): string | null {
  const reason = reasonAgainst(support);
  const enable = howToEnable(kind, support);
  return reason !== null && enable !== null ? `${reason}: ${enable}` : reason;
}

/** Why something is not supported, or null. */
export function reasonAgainst(support: Support): string | null {
  return support.supported ? null : support.reason;
}

function obstacleToPages(pages: PageKind, bytes: bigint): string | null {
  if (pages === "hugetlb") return tooFewHugePages(bytes);
  const available = memoryAvailable();
  if (bytes > available) {
    return `${bytes / MIB} MiB are more than the ${available / MIB} MiB of memory available`;
  }
  return pages === "thp" ? noTransparentPages() : null;
}

function tooFewHugePages(wanted: bigint): string | null {
  const { free, bytes } = hugePages();
  if (bytes === 0) return "this kernel has no hugetlbfs";
  const needed = Number((wanted + BigInt(bytes) - 1n) / BigInt(bytes));
  if (free >= needed) return null;
  return `${needed} huge pages are needed, ${free} are free: echo ${needed} > ${NR_HUGEPAGES}`;
}

function noTransparentPages(): string | null {
  const reason = reasonAgainst(tryTransparentHugePages());
  return reason === null ? null : `${reason}: echo advise > ${SHMEM_ENABLED}`;
}

function beyondLimit(bytes: bigint): string | null {
  const { sizeMiB } = udmabufLimits();
  if (sizeMiB === null || bytes <= BigInt(sizeMiB) * MIB) return null;
  const needed = (bytes + MIB - 1n) / MIB;
  return `udmabuf is limited to ${sizeMiB} MiB: echo ${needed} > ${SIZE_LIMIT}, or split the file`;
}
