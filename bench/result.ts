import type { BufferKind, MethodName, PageKind } from "../copy/mod.ts";

/** The page cache's part in an I/O: through it, or `O_DIRECT`. */
export type IoMode = "buffer" | "direct";

/** One line of the table: what to measure. Rows are data; see `rows.ts`. */
export interface Row {
  /** The letter's number (1-23), or a name for an extension row. */
  id: number | string;
  buffer: BufferKind;
  io: IoMode;
  method: MethodName;
  /** @default "4k" */
  pages?: PageKind;
}

/** One run of one row. Times are milliseconds summed over all buffers of the run. */
export interface Sample {
  createMs: number;
  ioMs: number;
  closeMs: number;
  /** The whole of every buffer matched the file, checked outside the timed parts. */
  verified: boolean;
  /** Page-cache pages of the file that were resident right before the run: 0 when cold. */
  residentPagesBefore: number;
}

/** A row that ran. `createMs`, `ioMs` and `closeMs` are medians over `samples`. */
export interface MeasuredRow extends Row {
  createMs: number;
  ioMs: number;
  closeMs: number;
  /** Decimal megabytes a second of I/O, truncated, as in the letter. */
  MBps: number;
  /** I/O rate relative to row 1 of the same document, in percent; null without row 1. */
  percent: number | null;
  verified: boolean;
  samples: Sample[];
}

/** A row this kernel can't do, and why. */
export interface UnsupportedRow extends Row {
  unsupported: { errno: string; reason: string };
}

/** Where and on what a document was measured. */
export interface Environment {
  /** `uname -r`. */
  kernel: string;
  /** The series' version as the kernel states it, or null on a kernel without it. */
  series: string | null;
  filesystem: string;
  cpu: string;
  /** "model": 1 GHz guest clock, one instruction a nanosecond. "wall": real time. */
  clock: "model" | "wall";
  /** The modelled disk, where there is one. */
  device: { bytesPerSecond: number; latencyUs: number } | null;
  memoryBytes: number;
  /** The project's commit, with "+" when the tree was dirty; null outside a checkout. */
  commit: string | null;
  date: string;
}

/** What `bench` writes with `--json`. */
export interface BenchDocument {
  schema: "dmacopy-bench-1";
  environment: Environment;
  /** Size of the file and of one buffer, in bytes. */
  sizeBytes: number;
  chunkBytes: number;
  rows: (MeasuredRow | UnsupportedRow)[];
}
