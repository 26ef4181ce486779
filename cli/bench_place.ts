import { ValidationError } from "@cliffy/command";
import type { BenchDocument, BenchOptions, Direction } from "../bench/mod.ts";
import { selectRows } from "../bench/mod.ts";
import { probe } from "../copy/mod.ts";
import type { Clock, Variant } from "../kernel/lab/mod.ts";

/** What `bench` was asked to measure, and where. Sizes are in bytes. */
export interface Request {
  rows?: string | undefined;
  size?: bigint | undefined;
  chunk?: bigint | undefined;
  runs?: number | undefined;
  seed?: number | undefined;
  quick?: boolean | undefined;
  direction?: Direction | undefined;
  host?: boolean | undefined;
  file?: string | undefined;
  kernel?: Variant | undefined;
  clock?: Clock | undefined;
  quiet: boolean;
}

/** Where to measure, and why there. */
export interface Place {
  lab: boolean;
  reason: string;
}

/**
 * Checks a selection of rows.
 *
 * @throws {ValidationError} naming what is no row
 */
export function checkRows(rows: string | undefined): void {
  try {
    selectRows(rows);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ValidationError(`--rows: ${cause.message}`, { cause });
  }
}

/** The running kernel where it was asked for or can do the whole table, else the lab. */
export function choosePlace(request: Pick<Request, "host" | "kernel" | "clock">): Place {
  if (request.host) return { lab: false, reason: "as --host asks" };
  if (request.kernel || request.clock) {
    return { lab: true, reason: `as ${request.kernel ? "--kernel" : "--clock"} asks` };
  }
  const { kernel, series, heaps } = probe();
  if (!series) return { lab: true, reason: `this kernel (${kernel}) lacks the series` };
  if (!heaps.includes("system")) {
    return { lab: true, reason: `this kernel (${kernel}) lacks the system heap` };
  }
  return { lab: false, reason: `this kernel (${kernel}) carries the series` };
}

/** Measures where {@linkcode choosePlace} says, and says so on stderr. */
export async function measure(request: Request): Promise<BenchDocument> {
  const { lab, reason } = choosePlace(request);
  if (!request.quiet) console.error(`measuring ${lab ? "in the lab" : "here"}: ${reason}`);
  if (lab) return await (await import("./bench_lab.ts")).measureInLab(request);
  return await (await import("./bench_host.ts")).measureHere(request);
}

/** The request in the bench's words. */
export function benchOptions(request: Request, file: string): BenchOptions {
  const { rows, size, chunk, runs, seed, quick, direction } = request;
  return {
    file,
    ...(rows !== undefined && { rows: selectRows(rows) }),
    ...(size !== undefined && { sizeBytes: Number(size) }),
    ...(chunk !== undefined && { chunkBytes: Number(chunk) }),
    ...(runs !== undefined && { runs }),
    ...(seed !== undefined && { seed }),
    ...(quick !== undefined && { quick }),
    ...(direction !== undefined && { direction }),
  };
}
