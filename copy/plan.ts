import type { BufferKind, PageKind } from "./buffer.ts";
import { hugePages, SHMEM_ENABLED } from "./huge_pages.ts";
import type { MethodName } from "./method.ts";
import { udmabufLimits } from "./probe.ts";
import { type Support, tryBuffer, tryCopyFileRange } from "./support.ts";

/** A buffer and a method that fills it. */
export interface Way {
  /** The buffer. */
  kind: BufferKind;
  /** What fills it. */
  method: MethodName;
}

/** How to load a file, and why so. */
export interface LoadPlan extends Way {
  /** The pages behind a memfd. */
  pages: PageKind;
  /** Whether to bypass the page cache. */
  direct: boolean;
  /** Why this is the way, in words. */
  reason: string;
  /** The faster ways that are not possible here, and why. */
  rejected: (Way & { reason: string })[];
}

/** Options of {@linkcode planLoad}. */
export interface PlanOptions {
  /** Only into this kind of buffer. */
  kind?: BufferKind | undefined;
  /** The pages behind a memfd. @default transparent huge pages where they are enabled, else 4 KiB */
  pages?: PageKind | undefined;
  /** Only with direct I/O (true), or without it (false). @default direct where possible */
  direct?: boolean | undefined;
  /** The size of the buffer, in bytes: udmabuf has a limit. @default 0n */
  bytes?: bigint;
}

interface Candidate extends Way {
  /** Only worth its place with huge pages. */
  huge?: true;
  reason: string;
}

/** From the fastest to the slowest: create, I/O and close together. */
const CANDIDATES: readonly Candidate[] = [
  {
    kind: "dmabuf",
    method: "c_f_r",
    reason: "the kernel copies into the heap's dma-buf by itself",
  },
  {
    kind: "udmabuf+memfd",
    method: "R/W",
    huge: true,
    reason: "reads into huge pages, which are cheap to allocate, to pin and to free",
  },
  {
    kind: "dmabuf",
    method: "R/W",
    reason: "the heap's dma-buf is cheap to make and to free, at one CPU copy",
  },
  {
    kind: "udmabuf",
    method: "c_f_r",
    reason: "the kernel copies into the udmabuf by itself",
  },
  {
    kind: "udmabuf+memfd",
    method: "R/W",
    reason: "reads into the memfd's mapping",
  },
  {
    kind: "udmabuf",
    method: "R/W",
    reason: "reads into the udmabuf's mapping, at one CPU copy",
  },
  {
    kind: "memfd",
    method: "R/W",
    reason: "reads into the memfd's mapping; it is no dma-buf",
  },
];

/** Kinds whose mapping the kernel can't pin, so that no device can write into it. */
const UNPINNABLE: readonly BufferKind[] = ["dmabuf", "udmabuf"];

/**
 * Chooses the fastest safe way to load a file, by trying what this kernel can do.
 *
 * @throws {Error} if no way is possible; the message names each and why not
 */
export function planLoad(options: PlanOptions = {}): LoadPlan {
  const rejected: LoadPlan["rejected"] = [];
  for (const candidate of CANDIDATES) {
    const { kind, method, reason } = candidate;
    if (options.kind !== undefined && options.kind !== kind) continue;
    const pages = pagesFor(kind, options);
    const obstacle = findObstacle(candidate, { ...options, pages });
    if (obstacle === null) {
      const direct = options.direct ?? canBeDirect(candidate);
      return { kind, method, pages, direct, reason, rejected };
    }
    rejected.push({ kind, method, reason: obstacle });
  }
  const reasons = new Set(rejected.map(({ reason }) => reason));
  throw new Error(`no way into a ${options.kind ?? "buffer"}: ${[...reasons].join("; ")}`);
}

function findObstacle(
  candidate: Candidate,
  options: PlanOptions & { pages: PageKind },
): string | null {
  const { kind, method } = candidate;
  const { pages, bytes = 0n } = options;
  if (candidate.huge && pages === "4k") {
    return `4 KiB pages are slow to allocate, to pin and to free: echo advise > ${SHMEM_ENABLED}`;
  }
  if (options.direct && !canBeDirect(candidate)) {
    return `direct I/O can't reach the mapping of a ${kind}`;
  }
  const { sizeMiB } = udmabufLimits();
  if (kind.startsWith("udmabuf") && sizeMiB !== null && bytes > BigInt(sizeMiB) << 20n) {
    return `${bytes} bytes are more than udmabuf's limit of ${sizeMiB} MiB: raise size_limit_mb ` +
      "in /sys/module/udmabuf/parameters";
  }
  return reasonAgainst(tryBuffer(kind)) ??
    (method === "c_f_r" ? reasonAgainst(tryCopyFileRange(kind)) : null);
}

function reasonAgainst(support: Support): string | null {
  return support.supported ? null : support.reason;
}

function canBeDirect({ kind, method }: Way): boolean {
  return method !== "R/W" || !UNPINNABLE.includes(kind);
}

function pagesFor(kind: BufferKind, { pages }: PlanOptions): PageKind {
  if (kind === "dmabuf") return "4k";
  return pages ?? (transparentHugePages() ? "thp" : "4k");
}

function transparentHugePages(): boolean {
  const { transparent } = hugePages();
  return transparent !== null && transparent !== "never" && transparent !== "deny";
}
