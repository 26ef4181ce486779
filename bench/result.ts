import type { PageKind } from "../copy/mod.ts";

/**
 * A buffer by its label in the letter's table. "udmabuf+memfd" is a udmabuf whose I/O goes through
 * the memfd, "udmabuf" one whose I/O goes through the dma-buf.
 */
export type BufferLabel = "memfd" | "udmabuf+memfd" | "udmabuf" | "dmabuf";

/** A method by its label in the letter's table. */
export type MethodLabel = "R/W" | "sendfile" | "splice" | "c_f_r";

/** The page cache's part in an I/O: through it, or `O_DIRECT`. */
export type IoMode = "buffer" | "direct";

/** Every {@linkcode Direction}. */
export const directions = ["read", "write"] as const;

/** `read`: file → buffer, the letter's direction. `write`: buffer → file. */
export type Direction = typeof directions[number];

/** One line of the table: what to measure. Rows are data; see `rows.ts`. */
export interface Row {
  /** The letter's number (1-23), or a name for a row that the letter does not have. */
  id: number | string;
  /** The buffer; "anonymous" can't be shared: it shows the rate of the disk alone. */
  buffer: BufferLabel | "anonymous";
  /** Whether the I/O uses the page cache. */
  io: IoMode;
  /**
   * The system calls that move the bytes. io_uring reads into registered memory; R+W reads into memory of
   * the program and writes from there.
   */
  method: MethodLabel | "io_uring" | "R+W";
  /** The number of parts of 4 MiB that move at once. @default 1, the whole buffer */
  depth?: number;
  /** Makes the udmabuf once the reads into its memfd have begun. @default false */
  udmabufLast?: boolean;
  /** The pages behind a memfd. @default "4k" */
  pages?: PageKind;
  /** Faults every page in at creation. @default false */
  populate?: boolean;
}

/** CPU time of the measuring thread in the timed calls of a part (`RUSAGE_THREAD`). */
export interface CpuTime {
  /** The time in user mode. */
  userMs: number;
  /** The time in the kernel. */
  systemMs: number;
}

/** The counts of the modelled disk during a run, in bytes. */
export interface DeviceBytes {
  /** Bytes completed. */
  total: number;
  /** Bytes completed later than modelled, because the host was too slow. */
  late: number;
}

/** One run of one row. Times are milliseconds summed over all buffers of the run. */
export interface Sample {
  /** Its round, from 1. */
  round: number;
  /** Allocating and mapping. */
  createMs: number;
  /** Time until the data has arrived. */
  ioMs: number;
  /** Unmapping and closing. */
  closeMs: number;
  /** Whether every buffer matched the file completely, checked outside the timed parts. */
  verified: boolean;
  /** Page-cache pages of the file that were resident right before the run: 0 when cold. */
  residentPagesBefore: number;
  /** The same after the run. */
  residentPagesAfter: number;
  /** Page-cache pages of the file that its I/O left behind, summed over the chunks. */
  cachePagesAdded: number;
  /** CPU time by timed part. */
  cpu: { create: CpuTime; io: CpuTime; close: CpuTime };
  /** Instructions of the measuring thread per byte of I/O; null without the model clock. */
  instructionsPerByte: number | null;
  /** Counts of the modelled disk; null with another disk. */
  device: DeviceBytes | null;
  /** More than 1 % of the disk's bytes were late: the sample does not count if another does. */
  late: boolean;
}

/** A 95 % interval, in the unit of its value. */
export interface Interval {
  /** Its lower end. */
  low: number;
  /** Its upper end. */
  high: number;
}

/** The three timed parts of a run. */
export type TimedPart = "create" | "io" | "close";

/** A row that ran. */
export interface MeasuredRow extends Row {
  /** Median over the samples that count. */
  createMs: number;
  /** Median over the samples that count. */
  ioMs: number;
  /** Median over the samples that count. */
  closeMs: number;
  /** Bootstrap intervals of the medians, in milliseconds; null with a single sample. */
  intervals: Record<TimedPart, Interval> | null;
  /** Indexes of the samples whose I/O is farther than 3.5 scaled MADs from the median; they count. */
  outliers: number[];
  /** Decimal megabytes per second of I/O, truncated, as in the letter. */
  MBps: number;
  /** I/O rate relative to row 1 of the same document, in percent; null without row 1. */
  percent: number | null;
  /** I/O rate relative to the limit row of the same document, in percent; null without it. */
  limitPercent: number | null;
  /** Whether every sample is verified. */
  verified: boolean;
  /** Whether every sample had late bytes. */
  late: boolean;
  /** All samples, in the order of measurement. */
  samples: Sample[];
}

/** A row that this kernel does not support, and why. */
export interface UnsupportedRow extends Row {
  /** The error's name, as "ENOENT", and what it means here. */
  unsupported: { errno: string; reason: string };
}

/** The conditions of a measurement. */
export interface Environment {
  /** `uname -r`. */
  kernel: string;
  /** The dma-bufs that the series lets copy_file_range reach, by trying; null without it. */
  series: string | null;
  /** The type of the file's filesystem, as "ext4". */
  filesystem: string;
  /** The processor's name. */
  cpu: string;
  /** The output of `uname -m`: "x86_64" or "aarch64". */
  architecture: string;
  /** "model": 1 GHz guest clock, one instruction per nanosecond. "wall": real time. */
  clock: "model" | "wall";
  /** The modelled disk, if there is one. */
  device: { bytesPerSecond: number; latencyUs: number } | null;
  /** The machine's memory, in bytes. */
  memoryBytes: number;
  /** The kernel's caches were dropped around each row, not only the file's. Needs root. */
  cachesDropped: boolean;
  /** The project's commit, with "+" when the tree was dirty; null outside a checkout. */
  commit: string | null;
  /** ISO 8601. */
  date: string;
}

/** The document that `bench --json` writes. */
export interface BenchDocument {
  /** Changes when the meaning of a field does. */
  schema: "dmacopy-bench-2";
  /** The conditions of the measurement. */
  environment: Environment;
  /** The direction of the I/O. */
  direction: Direction;
  /** The bytes of the file that a run moves. */
  sizeBytes: number;
  /** Size of one buffer. */
  chunkBytes: number;
  /** The number of rounds. */
  runs: number;
  /** The seed of the row order and of the bootstrap. */
  seed: number;
  /** Whether it ended before all rounds were done. */
  interrupted: boolean;
  /** The rows in the order of the selection, except rows that an interruption left without samples. */
  rows: (MeasuredRow | UnsupportedRow)[];
}

/** Whether a row has figures. */
export function isMeasured(row: MeasuredRow | UnsupportedRow): row is MeasuredRow {
  return !("unsupported" in row);
}
