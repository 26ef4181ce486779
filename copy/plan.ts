import type { BufferKind, PageKind } from "./buffer.ts";
import { type LoadMethod, METHODS } from "./methods/reader.ts";
import { transparentHugePageBytes } from "./huge_pages.ts";
import { obstacleToBuffer } from "./_obstacles.ts";

/** A buffer, its pages and what fills it. */
export interface Way {
  /** The buffer. */
  kind: BufferKind;
  /** The pages behind a memfd; of a heap's dma-buf always "4k", for it chooses by itself. */
  pages: PageKind;
  /** What fills it. */
  method: LoadMethod;
}

/** A way that was not taken. */
export interface Rejected extends Way {
  /** Why not, and what to change where that is possible. */
  reason: string;
}

/** How to load a file, and why so. */
export interface LoadPlan extends Way {
  /** Whether to bypass the page cache. */
  direct: boolean;
  /** How much to move at once, in bytes. */
  chunkBytes: bigint;
  /** How many chunks to move at once. */
  depth: number;
  /** Why this is the way, in words. */
  reason: string;
  /** All other ways, and why they are not taken: impossible here, failed, or slower. */
  rejected: Rejected[];
}

/** Options of {@linkcode planLoad}. */
export interface PlanOptions {
  /** Only into this kind of buffer. */
  kind?: BufferKind | undefined;
  /** Only with these pages behind a memfd. */
  pages?: PageKind | undefined;
  /** Only by this method. */
  method?: LoadMethod | undefined;
  /** Only with direct I/O (true), or without it (false). @default direct where possible */
  direct?: boolean | undefined;
  /** How much to move at once, in bytes. @default 8 MiB */
  chunkBytes?: bigint | undefined;
  /** How many chunks to move at once. @default what suits the method */
  depth?: number | undefined;
  /** The heap that a dmabuf comes from. @default "system" */
  heap?: string | undefined;
  /** The size of the buffer, in bytes. @default 0n */
  bytes?: bigint;
  /** The buffer is there already: only the method is to choose. @default false */
  isMade?: boolean;
  /** Ways that were tried and failed. */
  failed?: readonly Rejected[];
}

interface Candidate extends Way {
  /** Why it has its place. */
  reason: string;
  /** For those who ask for the method; never taken by itself. */
  onRequest?: true;
}

/** How much to move at once where nobody says. */
export const CHUNK_BYTES = 8n << 20n;

const SMALL_PAGES = "4 KiB pages are slow to make, to pin and to free";
const ONE_COPY = "at one CPU copy";
const NO_FASTER = "no faster than read(2) by several threads";
const BOUNCES = "the disk writes into our memory, and the CPU copies what it has written";
const IN_KERNEL = "the kernel copies into the memfd by itself";
const READS_HUGE = "the disk writes into huge pages while further ones are made";

/** From the fastest to the slowest, creation and reading together, as measured in the lab. */
const CANDIDATES: readonly Candidate[] = [
  { kind: "udmabuf+memfd", pages: "thp", method: "R/W", reason: READS_HUGE },
  { kind: "udmabuf+memfd", pages: "hugetlb", method: "R/W", reason: READS_HUGE },
  {
    kind: "dmabuf",
    pages: "4k",
    method: "c_f_r",
    reason: "the disk writes into the heap's dma-buf, all of which is made and zeroed before the " +
      "first byte is read",
  },
  { kind: "dmabuf", pages: "4k", method: "bounce", reason: BOUNCES },
  {
    kind: "dmabuf",
    pages: "4k",
    method: "R/W",
    reason: `the heap's dma-buf is cheap to make and to free, ${ONE_COPY}`,
  },
  { kind: "udmabuf+memfd", pages: "4k", method: "R/W", reason: SMALL_PAGES },
  ...onEachPages("udmabuf", "c_f_r", "all of the udmabuf is made before the first byte is read"),
  ...onEachPages("udmabuf", "R/W", `the udmabuf's mapping can't be pinned, ${ONE_COPY}`),
  ...onEachPages("udmabuf", "bounce", BOUNCES),
  ...onRequest(onEachPages("udmabuf+memfd", "io_uring", NO_FASTER)),
  ...onRequest(onEachPages("udmabuf+memfd", "c_f_r", IN_KERNEL)),
  ...onRequest(onEachPages("udmabuf+memfd", "sendfile", ONE_COPY)),
  ...onRequest(onEachPages("udmabuf+memfd", "splice", ONE_COPY)),
  { kind: "memfd", pages: "thp", method: "R/W", reason: `${READS_HUGE}; no dma-buf` },
  { kind: "memfd", pages: "hugetlb", method: "R/W", reason: `${READS_HUGE}; no dma-buf` },
  { kind: "memfd", pages: "4k", method: "R/W", reason: `${SMALL_PAGES}; no dma-buf` },
  ...onRequest(onEachPages("memfd", "io_uring", NO_FASTER)),
  ...onRequest(onEachPages("memfd", "c_f_r", IN_KERNEL)),
  ...onRequest(onEachPages("memfd", "sendfile", ONE_COPY)),
  ...onRequest(onEachPages("memfd", "splice", ONE_COPY)),
];

function onEachPages(kind: BufferKind, method: LoadMethod, reason: string): Candidate[] {
  return (["thp", "hugetlb", "4k"] as const).map((pages) => ({ kind, pages, method, reason }));
}

function onRequest(candidates: Candidate[]): Candidate[] {
  return candidates.map((candidate) => ({ ...candidate, onRequest: true }));
}

/** Kinds whose mapping the kernel can't pin, so that no device can write into it. */
const UNPINNABLE: readonly BufferKind[] = ["dmabuf", "udmabuf"];

/**
 * Chooses the fastest safe way to load a file, by trying what this kernel can do.
 *
 * @example
 * ```ts
 * import { plan } from "dmacopy";
 *
 * const { kind, pages, method, direct, rejected } = plan({ kind: "memfd", bytes: 1n << 30n });
 * console.log(`into a ${kind} of ${pages} pages by ${direct ? "direct" : "buffered"} ${method}`);
 * for (const way of rejected) console.log(`not ${way.kind}, ${way.method}: ${way.reason}`);
 * ```
 *
 * @throws {Error} if no way is possible; the message names each reason
 */
export function planLoad(options: PlanOptions = {}): LoadPlan {
  const { failed = [], chunkBytes = CHUNK_BYTES } = options;
  const candidates = CANDIDATES.filter((candidate) => isAskedFor(candidate, options));
  const rejected: Rejected[] = [];
  let chosen: Candidate | null = null;
  for (const candidate of candidates) {
    const obstacle = chosen
      ? `slower: ${candidate.reason}`
      : failed.find((way) => isSame(way, candidate))?.reason ?? findObstacle(candidate, options);
    if (obstacle === null) chosen = candidate;
    else rejected.push({ ...wayOf(candidate), reason: obstacle });
  }
  if (!chosen) throw new Error(describeFailure(rejected, options));
  const { depth = METHODS[chosen.method].depth } = options;
  const direct = options.direct ?? canBeDirect(chosen);
  return { ...wayOf(chosen), direct, chunkBytes, depth, reason: chosen.reason, rejected };
}

function isAskedFor(candidate: Candidate, { kind, pages, method }: PlanOptions): boolean {
  if (kind !== undefined && candidate.kind !== kind) return false;
  if (method !== undefined && candidate.method !== method) return false;
  if (pages !== undefined && candidate.kind !== "dmabuf" && candidate.pages !== pages) return false;
  return !candidate.onRequest || method !== undefined;
}

function findObstacle(candidate: Candidate, options: PlanOptions): string | null {
  const { kind } = candidate;
  if (options.direct && !canBeDirect(candidate)) {
    return `direct I/O can't reach the mapping of a ${kind}`;
  }
  if (candidate.pages === "hugetlb" && writesTheMemfd(candidate)) {
    return "hugetlbfs has no write(2) and the like: only read(2) and io_uring reach its pages";
  }
  return (options.isMade ? null : obstacleToMaking(candidate, options)) ??
    METHODS[candidate.method].obstacle(kind);
}

function writesTheMemfd({ kind, method }: Way): boolean {
  return !UNPINNABLE.includes(kind) && ["sendfile", "splice", "c_f_r"].includes(method);
}

function obstacleToMaking({ kind, pages }: Candidate, options: PlanOptions): string | null {
  const { bytes = 0n, heap } = options;
  const obstacle = obstacleToBuffer({ kind, pages, bytes, heap });
  if (obstacle !== null) return obstacle;
  const huge = transparentHugePageBytes() ?? 0n;
  if (pages === "thp" && options.pages === undefined && bytes > 0n && bytes < huge) {
    return "the buffer is smaller than a huge page";
  }
  return null;
}

function describeFailure(rejected: Rejected[], { kind, pages, method }: PlanOptions): string {
  const what = [
    `a ${kind?.replace("+memfd", "") ?? "buffer"}`,
    ...(pages ? [`${pages} pages`] : []),
  ].join(" of ");
  const way = method ? ` by ${method}` : "";
  const reasons = [...new Set(rejected.map(({ reason }) => reason))];
  return `no way into ${what}${way}: ${reasons.join("; ") || "they don't go together"}`;
}

function canBeDirect({ kind, method }: Way): boolean {
  return method === "c_f_r" || method === "bounce" || !UNPINNABLE.includes(kind);
}

function wayOf({ kind, pages, method }: Way): Way {
  return { kind, pages, method };
}

function isSame(a: Way, b: Way): boolean {
  return a.kind === b.kind && a.pages === b.pages && a.method === b.method;
}
