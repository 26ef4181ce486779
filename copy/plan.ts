import { roundUp } from "../base/round_up.ts";
import type { BufferKind, PageKind, Via } from "./buffer.ts";
import { type Candidate, candidatesOn, NEGLIGIBLE_BYTES } from "./_candidates.ts";
import type { Failure } from "./_attempt.ts";
import type { Facts } from "./facts.ts";
import { withLastHugePage } from "./huge_pages.ts";
import type { LoadMethod } from "./method.ts";
import { describeObstacle, type Obstacle, obstacleIn, obstacles } from "./obstacles.ts";
import { CHUNK_BYTES, depthOf } from "./tuning.ts";
import type { Way } from "./way.ts";

/** A method that was not chosen, and the reason: it is impossible here, failed, or is slower. */
export interface Rejected extends Way, Obstacle {}

/** The plan of a load, and the reason. */
export interface LoadPlan extends Way {
  /** Whether to bypass the page cache. */
  readonly direct: boolean;
  /** How much to move at once, in bytes. */
  readonly chunkBytes: bigint;
  /** How many chunks to move at once. */
  readonly depth: number;
  /** The reason for the method, in words. */
  readonly reason: string;
  /** The methods that would be faster, but are impossible here or failed; the fastest first. */
  readonly missed: readonly Rejected[];
  /** All other methods: those that would be faster, then those that are slower; computed at the first read. */
  readonly rejected: readonly Rejected[];
}

/** The wishes for a load. */
export interface Wants {
  /** Use only this kind of buffer. */
  kind?: BufferKind | undefined;
  /** Use only this descriptor of it. */
  via?: Via | undefined;
  /** Use only these pages behind a memfd. */
  pages?: PageKind | undefined;
  /** Use only this method. */
  method?: LoadMethod | undefined;
  /** Use only direct I/O (true), or none (false). @default direct if possible */
  direct?: boolean | undefined;
  /** The size of a chunk to move at once, in bytes. @default 8 MiB */
  chunkBytes?: bigint | undefined;
  /** The number of chunks to move at once. @default a number that suits the method */
  depth?: number | undefined;
  /** The sizes of all buffers, in bytes. @default one of 0 bytes */
  sizes?: readonly bigint[] | undefined;
  /** The buffer exists already: choose only the method. @default false */
  isMade?: boolean | undefined;
  /** Methods that were tried and failed. */
  failed?: readonly Failure<Way>[] | undefined;
}

/**
 * Chooses the fastest safe method to load files on this kernel. It reads only the `facts` that it
 * needs.
 *
 * @example
 * ```ts
 * import { planLoad, probe } from "dmacopy";
 *
 * const plan = planLoad(probe(), { kind: "memfd", sizes: [1n << 30n] });
 * console.log(`into a ${plan.kind} of ${plan.pages} pages by ${plan.method}: ${plan.reason}`);
 * for (const way of plan.rejected) console.log(`not ${way.kind}, ${way.method}: ${way.why}`);
 * ```
 *
 * @throws {Error} if no method is possible; the message names each reason
 */
export function planLoad(facts: Facts, wants: Wants = {}): LoadPlan {
  const sizes = sizesOf(wants);
  const wanted = { kind: wants.kind, bytes: sizes.total };
  const asked = candidatesOn(facts, wanted).filter((way) => isAskedFor(way, wants));
  const find = (candidate: Candidate) => findObstacle(candidate, { facts, wants, sizes });
  const missed: Rejected[] = [];
  for (const [index, candidate] of asked.entries()) {
    const obstacle = find(candidate);
    if (obstacle) {
      missed.push({ ...wayOf(candidate), ...obstacle });
      continue;
    }
    let rejected: readonly Rejected[] | undefined;
    return {
      ...wayOf(candidate),
      direct: wants.direct ?? canBeDirect(candidate),
      chunkBytes: wants.chunkBytes ?? CHUNK_BYTES,
      depth: wants.depth ?? depthOf(candidate.method),
      reason: candidate.reason,
      missed,
      get rejected() {
        return rejected ??= [
          ...missed,
          ...asked.slice(index + 1).map((other) => ({
            ...wayOf(other),
            ...(find(other) ?? { what: "slower", why: `slower: ${other.reason}` }),
          })),
        ];
      },
    };
  }
  throw new Error(describeFailure(missed, wants));
}

/** The sizes in a {@linkcode Wants}. */
interface Sizes {
  largest: bigint;
  total: bigint;
  each: readonly bigint[];
}

function sizesOf({ sizes: each = [0n] }: Wants): Sizes {
  return {
    largest: each.reduce((most, bytes) => bytes > most ? bytes : most, 0n),
    total: each.reduce((sum, bytes) => sum + bytes, 0n),
    each,
  };
}

function isAskedFor(candidate: Candidate, { via, pages, method }: Wants): boolean {
  if (via !== undefined && candidate.via !== via) return false;
  if (method !== undefined && candidate.method !== method) return false;
  if (pages !== undefined && candidate.kind !== "dmabuf" && candidate.pages !== pages) return false;
  return !candidate.onRequest || method !== undefined;
}

/** The input of the search for an obstacle. */
interface Situation {
  facts: Facts;
  wants: Wants;
  sizes: Sizes;
}

function findObstacle(candidate: Candidate, situation: Situation): Obstacle | null {
  const { facts, wants } = situation;
  const failed = wants.failed?.find(({ way }) => isSame(way, candidate));
  if (failed) return { what: failed.what, why: failed.why, fix: failed.fix };
  if (wants.direct && !canBeDirect(candidate)) return obstacles.noDirect(candidate.kind);
  if (candidate.pages === "hugetlb" && writesTheMemfd(candidate)) {
    return obstacles.hugetlbIsNotWritten();
  }
  return (wants.isMade ? null : obstacleToMaking(candidate, situation)) ??
    obstacleToMethod(candidate, facts);
}

function writesTheMemfd({ via, method }: Way): boolean {
  return via === "memfd" && ["sendfile", "splice", "copy_file_range"].includes(method);
}

function obstacleToMethod({ kind, via, method }: Way, facts: Facts): Obstacle | null {
  if (method === "io_uring") return obstacleIn(facts.ioUring);
  if (method !== "copy_file_range") return null;
  return obstacleIn(facts.copyFileRange[via === "memfd" ? "memfd" : kind]);
}

function obstacleToMaking(candidate: Candidate, situation: Situation): Obstacle | null {
  const { facts, sizes } = situation;
  return obstacleIn(facts.buffers[candidate.kind]) ??
    (candidate.kind === "udmabuf" ? obstacleToUdmabuf(facts, sizes) : null) ??
    obstacleToSize(candidate, situation) ??
    (candidate.pages === "hugetlb"
      ? obstacleToHugetlb(facts, sizes)
      : obstacleToMemory(candidate, situation) ?? obstacleToPages(candidate, situation));
}

function obstacleToUdmabuf({ udmabufLimits }: Facts, { largest }: Sizes): Obstacle | null {
  const { sizeMiB } = udmabufLimits;
  const isBeyond = sizeMiB !== null && largest > BigInt(sizeMiB) << 20n;
  return isBeyond ? obstacles.udmabufLimit(largest, sizeMiB) : null;
}

function obstacleToHugetlb({ hugePages, memory }: Facts, { each }: Sizes): Obstacle | null {
  if (hugePages.bytes === 0) return obstacles.noHugetlbfs();
  const page = BigInt(hugePages.bytes);
  const needed = each.reduce((sum, bytes) => sum + roundUp(bytes, page), 0n) / page;
  if (needed <= hugePages.free) return null;
  return obstacles.tooFewHugePages(needed, hugePages, memory.availableBytes);
}

function obstacleToMemory({ kind, pages }: Way, { facts, sizes }: Situation): Obstacle | null {
  if (sizes.total <= NEGLIGIBLE_BYTES) return null;
  const { availableBytes, cgroup } = facts.memory;
  const huge = pages === "thp" && kind === "udmabuf"
    ? BigInt(facts.hugePages.transparentBytes)
    : 0n;
  const total = sizes.each.reduce((sum, bytes) => sum + withLastHugePage(bytes, huge), 0n);
  // No cgroup is charged for a heap's pages, as the kernel allocates them.
  if (cgroup && kind !== "dmabuf" && total > cgroup.availableBytes) {
    return obstacles.cgroupLimit(total, cgroup);
  }
  return total > availableBytes ? obstacles.noMemory(total, availableBytes) : null;
}

function obstacleToPages({ pages }: Way, { facts }: Situation): Obstacle | null {
  return pages === "thp" ? obstacleIn(facts.transparentHugePages) : null;
}

/** Unless somebody asks for huge pages, only a buffer that fills one gets them. */
function obstacleToSize({ pages }: Way, { facts, wants, sizes }: Situation): Obstacle | null {
  if (pages === "4k" || wants.pages !== undefined) return null;
  const { bytes, transparentBytes } = facts.hugePages;
  const huge = pages === "thp" ? transparentBytes : bytes;
  const isSmall = sizes.largest > 0n && sizes.largest < huge;
  return isSmall ? obstacles.smallerThanHugePage() : null;
}

function describeFailure(rejected: readonly Rejected[], { kind, pages, method }: Wants): string {
  const what = [`a ${kind ?? "buffer"}`, ...(pages ? [`${pages} pages`] : [])].join(" of ");
  const way = method ? ` by ${method}` : "";
  const reasons = [...new Set(rejected.map(describeObstacle))];
  return `can't copy into ${what}${way}: ${
    reasons.join("; ") || "these options exclude each other"
  }`;
}

/** No device can write into the mapping of a dma-buf: the kernel can't pin it. */
function canBeDirect({ via, method }: Way): boolean {
  return via === "memfd" || method === "copy_file_range" || method === "bounce";
}

/** The {@linkcode Way} in an object that has more. */
export function wayOf({ kind, via, pages, method }: Way): Way {
  return { kind, via, pages, method };
}

function isSame(a: Way, b: Way): boolean {
  return a.kind === b.kind && a.via === b.via && a.pages === b.pages && a.method === b.method;
}
