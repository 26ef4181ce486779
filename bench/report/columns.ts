import { letterDocument, letterFigures } from "../letter.ts";
import type { BenchDocument, MeasuredRow, Row, UnsupportedRow } from "../result.ts";
import { isMeasured } from "../result.ts";
import { ioCpuMs, medianOf } from "../summary.ts";
import {
  bufferName,
  doubts,
  methodName,
  ms,
  msInterval,
  msOrNothing,
  percent,
  whyNot,
} from "./format.ts";

/** One column of the table, in every format. */
export interface Column {
  /** The title, of one or two lines. */
  title: string;
  align: "left" | "right";
  /** The cell of a measured row. */
  cell(row: MeasuredRow): string;
}

const identity: readonly { title: string; align: "left" | "right"; cell(row: Row): string }[] = [
  { title: "row", align: "right", cell: (row) => String(row.id) },
  { title: "buffer", align: "left", cell: bufferName },
  { title: "I/O", align: "left", cell: (row) => row.io },
  { title: "method", align: "left", cell: methodName },
];

const figures: readonly Column[] = [
  { title: "create\nms", align: "right", cell: (row) => ms(row.createMs) },
  { title: "close\nms", align: "right", cell: (row) => ms(row.closeMs) },
  { title: "I/O\nms", align: "right", cell: (row) => ms(row.ioMs) },
  { title: "95 %", align: "right", cell: (row) => msInterval(row.intervals?.io) },
  { title: "CPU\nms", align: "right", cell: (row) => msOrNothing(medianOf(row, ioCpuMs)) },
  { title: "MB/s", align: "right", cell: (row) => String(row.MBps) },
  { title: "%\nof 1", align: "right", cell: (row) => percent(row.percent) },
  { title: "%\nof limit", align: "right", cell: (row) => percent(row.limitPercent) },
];

const letter = (title: string, of: (id: number | string) => number | undefined): Column => ({
  title: `letter\n${title}`,
  align: "right",
  cell: (row) => String(of(row.id) ?? ""),
});

const letterColumns: readonly Column[] = [
  letter("create", (id) => letterFigures(id)?.createMs),
  letter("close", (id) => letterFigures(id)?.closeMs),
  letter("I/O", (id) => letterFigures(id)?.ioMs),
  letter("MB/s", (id) => letterFigures(id)?.MBps),
  letter("%", (id) => letterFigures(id)?.percent),
];

const notes: Column = { title: "", align: "left", cell: (row) => doubts(row).join("; ") };

/**
 * Whether the letter's figures are comparable with a document's: both read as much, in buffers of the
 * same size, with a clock of 1 GHz.
 */
export function isComparableWithLetter(
  { direction, sizeBytes, chunkBytes, environment }: BenchDocument,
): boolean {
  return direction === letterDocument.direction && environment.clock === "model" &&
    sizeBytes === letterDocument.sizeBytes && chunkBytes === letterDocument.chunkBytes;
}

/** A document's columns, with the letter's figures if the two are comparable. */
export function columnsOf(document: BenchDocument): readonly Column[] {
  const inLetter = document.rows.some((row) => letterFigures(row.id) !== undefined);
  const doubtful = document.rows.some((row) => isMeasured(row) && doubts(row).length > 0);
  return [
    ...identity,
    ...figures,
    ...(inLetter && isComparableWithLetter(document) ? letterColumns : []),
    ...(doubtful ? [notes] : []),
  ];
}

/** The cells of a row: its figures, or the reason why it has none. */
export function cellsOf(
  row: MeasuredRow | UnsupportedRow,
  columns: readonly Column[],
): { cells: string[]; reason: string | null } {
  return isMeasured(row)
    ? { cells: columns.map((column) => column.cell(row)), reason: null }
    : { cells: identity.map((column) => column.cell(row)), reason: whyNot(row) };
}
