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
  /** "anonymous" can't be shared: it shows what the disk alone gives. */
  buffer: BufferLabel | "anonymous";
  /** Through the page cache or not. */
  io: IoMode;
  /**
   * The system calls that move the bytes; by io_uring into registered memory; R+W into memory of the
   * program's own and from there by write(2).
   */
  method: MethodLabel | "io_uring" | "R+W";
  /** Parts of a buffer, of 4 MiB, that are under way at once. @default 1, the whole buffer */
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
  /** In user mode. */
  userMs: number;
  /** In the kernel. */
  systemMs: number;
}

/** What the modelled disk counted during a run, in bytes. */
export interface DeviceBytes {
  /** Completed. */
  total: number;
  /** Completed later than modelled, because the host was too slow. */
  late: number;
}

/** One run of one row. Times are milliseconds summed over all buffers of the run. */
export interface Sample {
  /** The round it was taken in, from 1. */
  round: number;
  /** Allocating and mapping. */
  createMs: number;
  /** Until the data is in. */
  ioMs: number;
  /** Unmapping and closing. */
  closeMs: number;
  /** The whole of every buffer matched the file, checked outside the timed parts. */
  verified: boolean;
  /** Page-cache pages of the file that were resident right before the run: 0 when cold. */
  residentPagesBefore: number;
  /** The same after the run. */
  residentPagesAfter: number;
  /** Page-cache pages of the file that its I/O left behind, summed over the chunks. */
  cachePagesAdded: number;
  /** By timed part. */
  cpu: { create: CpuTime; io: CpuTime; close: CpuTime };
  /** Instructions of the measuring thread a byte of I/O; null but on the model clock. */
  instructionsPerByte: number | null;
  /** Null where the disk is not the modelled one. */
  device: DeviceBytes | null;
  /** More than 1 % of the disk's bytes were late: the sample does not count if another does. */
  late: boolean;
}

/** A 95 % interval, in the unit of what it is an interval of. */
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
  /** Indexes of the samples whose I/O lies beyond 3.5 scaled MADs of the median; they count. */
  outliers: number[];
  /** Decimal megabytes a second of I/O, truncated, as in the letter. */
  MBps: number;
  /** I/O rate relative to row 1 of the same document, in percent; null without row 1. */
  percent: number | null;
  /** I/O rate relative to the limit row of the same document, in percent; null without it. */
  limitPercent: number | null;
  /** Of every sample. */
  verified: boolean;
  /** No sample was free of late bytes. */
  late: boolean;
  /** All of them, in the order they were taken. */
  samples: Sample[];
}

/** A row this kernel can't do, and why. */
export interface UnsupportedRow extends Row {
  /** The error's name, as "ENOENT", and what it means here. */
  unsupported: { errno: string; reason: string };
}

/** Where and on what a document was measured. */
export interface Environment {
  /** `uname -r`. */
  kernel: string;
  /** The dma-bufs that the series lets copy_file_range reach, by trying; null without it. */
  series: string | null;
  /** The type of the file's filesystem, as "ext4". */
  filesystem: string;
  /** The processor's name. */
  cpu: string;
  /** As `uname -m` has it: "x86_64" or "aarch64". */
  architecture: string;
  /** "model": 1 GHz guest clock, one instruction a nanosecond. "wall": real time. */
  clock: "model" | "wall";
  /** The modelled disk, where there is one. */
  device: { bytesPerSecond: number; latencyUs: number } | null;
  /** Of the machine. */
  memoryBytes: number;
  /** The kernel's caches were dropped around each row, not only the file's. Needs root. */
  cachesDropped: boolean;
  /** The project's commit, with "+" when the tree was dirty; null outside a checkout. */
  commit: string | null;
  /** ISO 8601. */
  date: string;
}

/** What `bench` writes with `--json`. */
export interface BenchDocument {
  /** Changes when the meaning of a field does. */
  schema: "dmacopy-bench-2";
  /** Where it was measured. */
  environment: Environment;
  /** Which way the bytes went. */
  direction: Direction;
  /** How much of the file a run moves. */
  sizeBytes: number;
  /** Size of one buffer. */
  chunkBytes: number;
  /** Rounds asked for. */
  runs: number;
  /** Of the order of the rows and of the bootstrap. */
  seed: number;
  /** It ended before all rounds were done. */
  interrupted: boolean;
  /** In the order of the selection; rows that an interrupt left without samples are missing. */
  rows: (MeasuredRow | UnsupportedRow)[];
}

/** Whether the row has figures. */
export function isMeasured(row: MeasuredRow | UnsupportedRow): row is MeasuredRow {
  return !("unsupported" in row);
}
