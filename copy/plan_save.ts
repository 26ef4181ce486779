import type { Failure } from "./_attempt.ts";
import type { Via } from "./buffer.ts";
import { obstacles } from "./obstacles.ts";

/** A method to save a buffer, by the name of its system call. */
export type SaveMethod = "write" | "copy_file_range";

/** The plan of a save, and the reason. */
export interface SavePlan {
  /** The buffer's descriptor that is read. */
  via: Via;
  method: SaveMethod;
  /** Whether to bypass the page cache if the filesystem can. */
  direct: boolean;
  /** The reason for the method, in words. */
  reason: string;
}

/** A method, and whether it can bypass the page cache. */
type SaveWay = Omit<SavePlan, "direct"> & { canBeDirect: boolean };

/** The methods from the fastest to the one that works everywhere. */
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

/** The wishes for a save. */
export interface SaveWants {
  /** The buffer's descriptor. */
  via: Via;
  /** Use only direct I/O (true), or none (false). @default direct if possible */
  direct?: boolean | undefined;
  /** Methods that were tried and failed. */
  failed?: readonly Failure<SavePlan>[] | undefined;
}

/**
 * Chooses the fastest method to save a buffer that has not failed.
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
