import { type BenchDocument, isMeasured } from "../../bench/mod.ts";
import type { View } from "./show.ts";
import { type Column, table } from "./table.ts";
import { label } from "./throughput.ts";

/** One line of the table that the letter's author's test program prints. */
export interface ProgramRow {
  /** The same row of the letter. */
  id: number;
  createMs: number;
  ioMs: number;
  closeMs: number;
}

/** The columns of {@linkcode authorsProgram}: the row of the letter, and times in ms. */
type Line = readonly [id: number, createMs: number, closeMs: number, ioMs: number];

const LINES: readonly Line[] = [
  [3, 1, 443, 1610],
  [4, 1, 514, 1526],
  [11, 762, 516, 1139],
  [12, 760, 586, 1036],
  [13, 761, 432, 982],
  [14, 759, 431, 2477],
  [15, 762, 432, 848],
  [16, 730, 432, 689],
  [2, 761, 439, 1064],
  [1, 3, 28, 840],
  [19, 761, 421, 691],
  [20, 760, 419, 255],
  [21, 3, 12, 691],
  [22, 3, 12, 254],
];

/** The output of the author's program in an x86-64 guest of the lab, as notebook 02 says, in its order. */
export const authorsProgram: readonly ProgramRow[] = LINES.map(
  ([id, createMs, closeMs, ioMs]) => ({ id, createMs, closeMs, ioMs }),
);

/** The parts of a row that are compared. */
const PARTS = [
  { name: "I/O", key: "ioMs" },
  { name: "create", key: "createMs" },
  { name: "close", key: "closeMs" },
] as const;

/** A row of the program, beside the bench's. */
function beside(document: BenchDocument) {
  const rows = document.rows.filter(isMeasured);
  return authorsProgram.flatMap((program) => {
    const row = rows.find(({ id }) => id === program.id);
    return row === undefined ? [] : [{ program, row }];
  });
}

/** How much longer the bench takes than the program, in percent. */
function percent(bench: number, program: number): number {
  return (bench / program - 1) * 100;
}

/** The times of the author's program beside those of the bench, row by row. */
export function programTable(document: BenchDocument): View {
  const lines = beside(document);
  type Pair = (typeof lines)[number];
  return table<Pair>(lines, [
    { title: "row", cell: ({ row }) => label(row), align: "left" },
    ...PARTS.flatMap(({ name, key }): Column<Pair>[] => [
      { title: `${name}: program, ms`, cell: ({ program }) => program[key] },
      { title: "bench, ms", cell: ({ row }) => row[key].toFixed(row[key] < 10 ? 1 : 0) },
      {
        title: "%",
        // The program rounds up to whole milliseconds, which says little of a few.
        cell: ({ program, row }) =>
          program[key] < 10 ? "" : signed(percent(row[key], program[key])),
      },
    ]),
  ]);
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
}
