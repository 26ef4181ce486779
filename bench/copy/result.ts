import type { Environment } from "../result.ts";
import { median } from "../statistics.ts";
import type { CopyRow } from "./rows.ts";

/** One copy of a row. */
export interface CopySample {
  /** From the call until all buffers could be used; of a verified row, until all was compared. */
  ms: number;
  /** Of the process, on all threads; null where it was another process, whose start counts, too. */
  cpuMs: number | null;
}

/** What was found of a row. */
export interface CopyResult extends CopyRow {
  /** Copied at once. */
  bytes: number;
  /** What the device alone takes for these bytes. */
  deviceMs: number;
  /** Of the samples. */
  medianMs: number;
  /** The content of a copy before these was compared with the files. */
  samples: CopySample[];
}

/** A row that this kernel can't do, and why. */
export interface UnsupportedCopy extends CopyRow {
  unsupported: string;
}

/** What `bench copy --json` writes. */
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

/** Makes a row's result of its samples. */
export function copyResult(
  row: CopyRow,
  found: Pick<CopyResult, "bytes" | "deviceMs" | "samples">,
): CopyResult {
  return { ...row, ...found, medianMs: median(found.samples.map(({ ms }) => ms)) };
}

/** What a row takes, in the unit of its limit: times the device's time, or milliseconds beyond it. */
export function measureOf({ limit, medianMs, deviceMs }: CopyResult): number {
  return "times" in limit ? medianMs / deviceMs : medianMs - deviceMs;
}

/** The row's limit, in the unit of {@linkcode measureOf}. */
export function limitOf({ limit }: CopyRow): number {
  return "times" in limit ? limit.times : limit.ownMs;
}

/** The rows that take more than they may. Rounded as they are shown. */
export function overLimit({ rows }: Pick<CopyBenchDocument, "rows">): CopyResult[] {
  return rows.filter(isCopyResult).filter((row) =>
    Math.round(measureOf(row) * 100) > Math.round(limitOf(row) * 100)
  );
}
