import type { Environment } from "../result.ts";
import { median } from "../statistics.ts";
import type { CopyRow } from "./rows.ts";

/** One copy of a row. */
export interface CopySample {
  /** The time from the call until all buffers could be used; in verified rows, until all data was compared. */
  ms: number;
  /** The CPU time of the process on all threads; null for another process, whose start also counts. */
  cpuMs: number | null;
}

/** The result of a row. */
export interface CopyResult extends CopyRow {
  /** The bytes copied at once. */
  bytes: number;
  /** The time of the device alone for these bytes. */
  deviceMs: number;
  /** The median of the samples. */
  medianMs: number;
  /** Whether the content of a copy before these was compared with the files. */
  samples: CopySample[];
}

/** A row that this kernel does not support, and why. */
export interface UnsupportedCopy extends CopyRow {
  unsupported: string;
}

/** The document that `bench copy --json` writes. */
export interface CopyBenchDocument {
  /** Changes when the meaning of a field does. */
  schema: "dmacopy-bench-copy-1";
  environment: Environment;
  /** Rounds after the first, which is not timed. */
  runs: number;
  rows: (CopyResult | UnsupportedCopy)[];
}

/** Whether a row has figures. */
export function isCopyResult(row: CopyResult | UnsupportedCopy): row is CopyResult {
  return !("unsupported" in row);
}

/** Makes a row's result from its samples. */
export function copyResult(
  row: CopyRow,
  found: Pick<CopyResult, "bytes" | "deviceMs" | "samples">,
): CopyResult {
  return { ...row, ...found, medianMs: median(found.samples.map(({ ms }) => ms)) };
}

/** A row's measure in the unit of its limit: a multiple of the device's time, or the milliseconds beyond it. */
export function measureOf({ limit, medianMs, deviceMs }: CopyResult): number {
  return "times" in limit ? medianMs / deviceMs : medianMs - deviceMs;
}

/** The row's limit, in the unit of {@linkcode measureOf}. */
export function limitOf({ limit }: CopyRow): number {
  return "times" in limit ? limit.times : limit.ownMs;
}

/** The rows that exceed their limits, rounded as in the table. */
export function overLimit({ rows }: Pick<CopyBenchDocument, "rows">): CopyResult[] {
  return rows.filter(isCopyResult).filter((row) =>
    Math.round(measureOf(row) * 100) > Math.round(limitOf(row) * 100)
  );
}
