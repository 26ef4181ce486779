import { createMemfd, Mapping, resize, Ring, SystemError } from "../ffi/mod.ts";
import type { BufferKind, PageKind } from "./buffer.ts";
import {
  givesTransparentHugePages,
  hugePages,
  memoryAvailable,
  SHMEM_ENABLED,
  transparentHugePageBytes,
} from "./huge_pages.ts";
import { udmabufLimits } from "./probe.ts";
import { type Support, tryBuffer } from "./support.ts";

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
  return reasonAgainst(tryBuffer(kind, { heap })) ??
    (kind.startsWith("udmabuf") ? beyondLimit(bytes) : null) ??
    obstacleToPages(pages, bytes);
}

/** Why something is not supported, or null. */
export function reasonAgainst(support: Support): string | null {
  return support.supported ? null : support.reason;
}

/** Why this kernel can't read by io_uring, or null. */
export function obstacleToRing(): string | null {
  try {
    new Ring(1).close();
    return null;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return error.message;
  }
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
  const huge = transparentHugePageBytes();
  if (huge === null) return "this kernel has no transparent huge pages";
  if (givesTransparentHugePages()) return null;
  try {
    collapseOne(huge);
    return null;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return `no transparent huge pages for memfds (${error.message}): ` +
      `echo advise > ${SHMEM_ENABLED}`;
  }
}

function collapseOne(huge: bigint): void {
  using memfd = createMemfd("dmacopy-probe");
  resize(memfd, huge);
  using mapping = new Mapping(memfd, huge, { alignBytes: huge });
  mapping.collapse({ offset: 0n, bytes: huge }, huge).sync();
}

function beyondLimit(bytes: bigint): string | null {
  const { sizeMiB } = udmabufLimits();
  if (sizeMiB === null || bytes <= BigInt(sizeMiB) * MIB) return null;
  const needed = (bytes + MIB - 1n) / MIB;
  return `udmabuf is limited to ${sizeMiB} MiB: echo ${needed} > ${SIZE_LIMIT}`;
}
