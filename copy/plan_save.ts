import type { Failure } from "./_attempt.ts";
import type { Via } from "./buffer.ts";
import { obstacles } from "./obstacles.ts";

/** A way out of a buffer, by the name of its system call. */
export type SaveMethod = "write" | "copy_file_range";

/** How to save a buffer, and why so. */
export interface SavePlan {
  /** The buffer's descriptor that it is read by. */
  via: Via;
  method: SaveMethod;
  /** Whether to bypass the page cache where the filesystem can. */
  direct: boolean;
  /** Why this is the way, in words. */
  reason: string;
}

/** A way, and whether it can bypass the page cache. */
type SaveWay = Omit<SavePlan, "direct"> & { canBeDirect: boolean };

/** From the fastest to what works everywhere. */
const WAYS: readonly SaveWay[] = [
  { via: "memfd", method: "write", canBeDirect: true, reason: "out of the memfd's pages" },
  {
    via: "dmabuf",
    method: "copy_file_range",
    canBeDirect: true,
    reason: "out of the dma-buf's pages",
  },
  { via: "dmabuf", method: "write", canBeDirect: false, reason: "out of the dma-buf's mapping" },
];

/** What a save is to be like. */
export interface SaveWants {
  /** The buffer's descriptor. */
  via: Via;
  /** Only with direct I/O (true), or without it (false). @default direct where possible */
  direct?: boolean | undefined;
  /** Ways that were tried and failed. */
  failed?: readonly Failure<SavePlan>[] | undefined;
}

/**
 * Chooses the fastest way out of a buffer that has not failed.
 *
 * @throws {Error} if none is left
 */
export function planSave({ via, direct, failed = [] }: SaveWants): SavePlan {
  const plan = WAYS.find((way) =>
    way.via === via && (way.canBeDirect || direct !== true) &&
    !failed.some(({ way: { method } }) => method === way.method)
  );
  if (!plan) throw new Error(failed.at(-1)?.why ?? obstacles.noDirect("dma-buf").why);
  const { canBeDirect, ...way } = plan;
  return { ...way, direct: direct ?? canBeDirect };
}
