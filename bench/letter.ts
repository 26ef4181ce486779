import type { BenchDocument, MeasuredRow } from "./result.ts";
import { letterRows } from "./rows.ts";

/** One line of figures in the letter: milliseconds, decimal MB/s, and percent of row 1. */
export interface LetterFigures {
  /** Allocating and mapping. */
  createMs: number;
  /** Unmapping and closing. */
  closeMs: number;
  /** The time of reading. */
  ioMs: number;
  /** Of reading. */
  MBps: number;
  /** The share of row 1's rate. */
  percent: number;
}

/** Create, close and I/O in ms, I/O in MB/s and in percent, by row; as printed, never edited. */
const table: readonly (readonly [number, number, number, number, number])[] = [
  [52, 5, 1170, 918, 100],
  [591, 326, 1281, 838, 91],
  [1, 323, 2370, 453, 49],
  [1, 321, 1058, 1014, 110],
  [1, 329, 1577, 681, 74],
  [1, 327, 2672, 401, 43],
  [2, 321, 1729, 621, 67],
  [2, 324, 1528, 702, 76],
  [1, 325, 1586, 677, 73],
  [1, 323, 897, 1197, 130],
  [609, 344, 2207, 486, 52],
  [580, 342, 737, 1457, 158],
  [582, 343, 1270, 845, 92],
  [573, 344, 2254, 476, 51],
  [584, 341, 1202, 893, 97],
  [564, 340, 851, 1263, 137],
  [585, 344, 1244, 863, 94],
  [578, 341, 581, 1848, 201],
  [585, 328, 1163, 923, 100],
  [579, 328, 464, 2318, 252],
  [48, 5, 1058, 1015, 110],
  [48, 5, 316, 3405, 370],
  [48, 5, 1173, 915, 99],
];

const figures: ReadonlyMap<number | string, LetterFigures> = new Map(
  table.map(([createMs, closeMs, ioMs, MBps, percent], index) => [
    index + 1,
    { createMs, closeMs, ioMs, MBps, percent },
  ]),
);

/**
 * The letter's figures for a row: "[PATCH v3 0/4] Optimizing disk file & dmabuf copies via
 * copy_file_range", 30 May 2025. Undefined for rows that are not in it.
 */
export function letterFigures(id: number | string): LetterFigures | undefined {
  return figures.get(id);
}

/** The letter as a document, for comparisons. It has one run per row, as the letter gives medians only. */
export const letterDocument: BenchDocument = {
  schema: "dmacopy-bench-2",
  environment: {
    kernel: "6.6",
    series: "v3",
    filesystem: "f2fs",
    cpu: "phone, pinned at 1 GHz, UFS 4.0",
    architecture: "aarch64",
    clock: "wall",
    device: null,
    memoryBytes: 0,
    cachesDropped: true,
    commit: null,
    date: "2025-05-30T00:00:00.000Z",
  },
  direction: "read",
  sizeBytes: 2 ** 30,
  chunkBytes: 2 ** 25,
  runs: 1,
  seed: 0,
  interrupted: false,
  rows: letterRows.map((row): MeasuredRow => ({
    ...row,
    ...figures.get(row.id)!,
    intervals: null,
    outliers: [],
    limitPercent: null,
    verified: false,
    late: false,
    samples: [],
  })),
};
