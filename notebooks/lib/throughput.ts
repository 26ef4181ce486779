import {
  type BenchDocument,
  isMeasured,
  type LetterFigures,
  letterFigures,
  type MeasuredRow,
} from "../../bench/mod.ts";
import { colours, figure, Plot } from "./figure.ts";
import type { View } from "./show.ts";
import { type Column, table } from "./table.ts";

/** A row measured here, beside the letter's. */
export interface Pair {
  row: MeasuredRow;
  letter: LetterFigures;
}

/** The letter's rows that a document measured, each beside the letter's figures. */
export function pairs(document: BenchDocument): Pair[] {
  return document.rows.filter(isMeasured).flatMap((row) => {
    const letter = letterFigures(row.id);
    return letter === undefined ? [] : [{ row, letter }];
  });
}

/** A row's number, buffer, I/O and method. */
export function label({ id, buffer, pages, io, method }: MeasuredRow): string {
  const kind = pages === undefined || pages === "4k" ? buffer : `${buffer} ${pages}`;
  return [...(typeof id === "number" ? [id] : []), kind, io, method].join(" ");
}

const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0);

/** The letter's table, with the measured figures beside it. */
export function pairTable(rows: readonly Pair[]): View {
  const columns: Column<Pair>[] = [
    { title: "row", cell: ({ row }) => label(row), align: "left" },
    { title: "create ms", cell: ({ row }) => ms(row.createMs) },
    { title: "letter", cell: ({ letter }) => letter.createMs },
    { title: "close ms", cell: ({ row }) => ms(row.closeMs) },
    { title: "letter", cell: ({ letter }) => letter.closeMs },
    { title: "I/O ms", cell: ({ row }) => ms(row.ioMs) },
    {
      title: "95 %",
      cell: ({ row: { intervals } }) =>
        intervals && `${ms(intervals.io.low)} to ${ms(intervals.io.high)}`,
    },
    { title: "letter", cell: ({ letter }) => letter.ioMs },
    { title: "MB/s", cell: ({ row }) => row.MBps },
    { title: "letter", cell: ({ letter }) => letter.MBps },
    { title: "% of row 1", cell: ({ row }) => row.percent?.toFixed(0) },
    { title: "letter", cell: ({ letter }) => letter.percent },
  ];
  return table(rows, columns);
}

const parts = [
  { part: "I/O", key: "ioMs", colour: colours.blue },
  { part: "create", key: "createMs", colour: colours.orange },
  { part: "close", key: "closeMs", colour: colours.grey },
] as const;

/** I/O, creation and closing stacked, beside the letter's. */
export function timesChart(rows: readonly Pair[]): View {
  const bars = rows.flatMap(({ row, letter }) =>
    parts.flatMap(({ part, key }) => [
      { where: "here", row: label(row), part, ms: row[key] },
      { where: "the letter", row: label(row), part, ms: letter[key] },
    ])
  );
  const order = parts.map(({ part }) => part);
  return figure({
    title: "Time for 1 GiB in 32 buffers",
    alt: "Stacked bars of I/O, create and close time for each row, here and in the letter. " +
      describeExtremes(rows),
    legend: parts.map(({ part, colour }) => ({ name: part, colour })),
    width: 860,
    height: 60 + 20 * rows.length,
    marginLeft: 200,
    x: { label: "time (ms) →", grid: true, ticks: 5 },
    y: { label: null, domain: rows.map(({ row }) => label(row)) },
    fx: { label: null, domain: ["here", "the letter"] },
    color: { domain: order, range: parts.map(({ colour }) => colour) },
    marks: [Plot.barX(bars, { fx: "where", y: "row", x: "ms", fill: "part", order })],
  });
}

function describeExtremes(rows: readonly Pair[]): string {
  const sorted = [...rows].sort((a, b) => a.row.ioMs - b.row.ioMs);
  const [fastest, slowest] = [sorted[0], sorted.at(-1)];
  if (!fastest || !slowest) return "";
  return `Least I/O time here: ${label(fastest.row)}, ${ms(fastest.row.ioMs)} ms; most: ${
    label(slowest.row)
  }, ${ms(slowest.row.ioMs)} ms.`;
}

/** The I/O rate here divided by the letter's, row by row. */
export function ratioChart(rows: readonly Pair[]): View {
  const points = rows.map(({ row, letter }) => ({
    row: label(row),
    ratio: letter.ioMs / row.ioMs,
    low: letter.ioMs / (row.intervals?.io.high ?? row.ioMs),
    high: letter.ioMs / (row.intervals?.io.low ?? row.ioMs),
  }));
  const ratios = points.map(({ ratio }) => ratio);
  return figure({
    title: "I/O rate here over the letter's",
    alt: `A dot for each row on a logarithmic axis, from ${Math.min(...ratios).toFixed(2)} to ${
      Math.max(...ratios).toFixed(2)
    } times the letter's rate; a line marks 1, where both are as fast.`,
    width: 720,
    height: 60 + 18 * rows.length,
    marginLeft: 200,
    x: {
      type: "log",
      base: 2,
      domain: [
        Math.min(...points.map(({ low }) => low), 0.7) / 1.1,
        Math.max(...points.map(({ high }) => high), 1.4) * 1.1,
      ],
      label: "times the letter's MB/s →",
      grid: true,
      ticks: [0.25, 0.5, 0.7, 1, 1.4, 2, 4],
      tickFormat: String,
    },
    y: { label: null, domain: points.map(({ row }) => row) },
    marks: [
      Plot.ruleX([1], { stroke: colours.orange, strokeWidth: 2 }),
      Plot.ruleY(points, { y: "row", x1: "low", x2: "high", stroke: "currentColor" }),
      Plot.dot(points, { y: "row", x: "ratio", fill: colours.blue, r: 5 }),
    ],
  });
}

/** Each row's place in the order of I/O times, here against the letter. */
export function rankChart(rows: readonly Pair[]): View {
  const place = (of: (pair: Pair) => number) => {
    const sorted = [...rows].sort((a, b) => of(a) - of(b));
    return (pair: Pair) => sorted.indexOf(pair) + 1;
  };
  const [here, there] = [place(({ row }) => row.ioMs), place(({ letter }) => letter.ioMs)];
  const points = rows.map((pair) => ({
    id: String(pair.row.id),
    here: here(pair),
    there: there(pair),
  }));
  const [worst] = [...points].sort((a, b) =>
    Math.abs(b.here - b.there) - Math.abs(a.here - a.there)
  );
  const ends = [{ at: 1 }, { at: rows.length }];
  return figure({
    title: "Order of the rows by I/O time, 1 is the fastest",
    alt: `Each row's number at its place in the letter (across) and here (up). On the diagonal ` +
      `both agree; the farthest from it is row ${worst?.id}, place ${worst?.here} here and ` +
      `${worst?.there} in the letter.`,
    width: 460,
    height: 440,
    inset: 12,
    x: { label: "place in the letter →", grid: true },
    y: { label: "↑ place here", grid: true },
    marks: [
      Plot.line(ends, { x: "at", y: "at", stroke: colours.orange, strokeDasharray: "4 3" }),
      Plot.text(points, { x: "there", y: "here", text: "id", fontSize: 12, fontWeight: 600 }),
    ],
  });
}

/** The `count` rows whose rates differ most from the letter's, in either direction. */
export function disagreements(rows: readonly Pair[], count: number): View {
  const ratio = ({ row, letter }: Pair) => letter.ioMs / row.ioMs;
  const distance = (pair: Pair) => Math.abs(Math.log(ratio(pair)));
  const columns: Column<Pair>[] = [
    { title: "row", cell: ({ row }) => label(row), align: "left" },
    { title: "MB/s", cell: ({ row }) => row.MBps },
    { title: "letter", cell: ({ letter }) => letter.MBps },
    { title: "times the letter's", cell: (pair) => ratio(pair).toFixed(2) },
  ];
  return table([...rows].sort((a, b) => distance(b) - distance(a)).slice(0, count), columns);
}

const totalMs = (row: MeasuredRow) => row.createMs + row.ioMs + row.closeMs;

/** All rows that were measured, by their time from creating to closing. */
export function endToEndTable(document: BenchDocument): View {
  const rows = document.rows.filter(isMeasured).filter((row) => row.id !== "limit")
    .sort((a, b) => totalMs(a) - totalMs(b));
  const letter = (row: MeasuredRow) => {
    const figures = letterFigures(row.id);
    return figures && figures.createMs + figures.ioMs + figures.closeMs;
  };
  return table<MeasuredRow>(rows, [
    { title: "row", cell: label, align: "left" },
    { title: "create + I/O + close, ms", cell: (row) => ms(totalMs(row)) },
    { title: "letter", cell: letter },
    { title: "I/O alone, ms", cell: (row) => ms(row.ioMs) },
    { title: "% of the disk's rate", cell: (row) => row.limitPercent?.toFixed(0) },
  ]);
}
