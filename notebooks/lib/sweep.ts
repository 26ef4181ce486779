import {
  type BenchDocument,
  isMeasured,
  letterFigures,
  type MeasuredRow,
} from "../../bench/mod.ts";
import { colours, figure, Plot } from "./figure.ts";
import type { View } from "./show.ts";
import { table } from "./table.ts";
import { label } from "./throughput.ts";

const GIB = 2 ** 30;

/** The letter's author's table at 3 GHz, MB/s by row: of his posted test, not of the letter. */
const authorsRates: ReadonlyMap<number, number> = new Map([
  [1, 2519],
  [2, 2375],
  [4, 3448],
  [12, 3651],
  [14, 1100],
  [16, 2428],
  [20, 3874],
  [22, 4002],
]);

/** The factor between disks: a disk slower by it at 1 GHz equals the letter's at 3 GHz. */
const SPEED_UP = 3;

/** Where labels begin, in times of the fastest disk; a line leads there from the row's last point. */
const LABELS_AT = 1.15;

/** One row at one speed of the disk. */
export interface Point {
  row: MeasuredRow;
  /** Of the disk, for each GHz of the clock, in GiB/s. */
  disk: number;
  /** I/O rate over that of direct reads into anonymous huge pages, in percent. */
  percent: number;
}

/** Every row of a sweep at every speed of the disk. */
export function pointsOf(documents: readonly BenchDocument[]): Point[] {
  return documents.flatMap(({ rows, environment: { device } }) =>
    rows.filter(isMeasured).filter(({ id }) => id !== "limit").map((row) => ({
      row,
      disk: (device?.bytesPerSecond ?? NaN) / GIB,
      percent: row.limitPercent ?? NaN,
    }))
  );
}

/** How near each row comes to the rate of direct reads into huge pages, from slow to fast disks. */
export function sweepChart(points: readonly Point[]): View {
  const lines = points.map(({ row, disk, percent }) => ({ name: label(row), disk, percent }));
  const ids = [...new Map(points.map(({ row }) => [row.id, row])).values()];
  const last = Math.max(...points.map(({ disk }) => disk));
  const palette = Object.values(colours);
  const looks = ids.map((row, index) => ({
    name: label(row),
    colour: palette[index % palette.length]!,
    dashes: index < palette.length ? "none" : "5 3",
  }));
  const dashed = (dashes: string) => {
    const names = new Set(looks.filter((look) => look.dashes === dashes).map(({ name }) => name));
    return lines.filter(({ name }) => names.has(name));
  };
  const ends = spread(lines.filter(({ disk }) => disk === last));
  const beside = last * LABELS_AT;
  return figure({
    title: "I/O rate against direct reads into huge pages",
    alt: ids.map((row) => {
      const own = points.filter((point) => point.row.id === row.id);
      const [slow, fast] = [own[0], own.at(-1)];
      return `${label(row)}: ${slow?.percent.toFixed(0)} % with a disk of ` +
        `${slow?.disk.toFixed(1)} GiB/s, ${fast?.percent.toFixed(0)} % with one of ` +
        `${fast?.disk.toFixed(1)} GiB/s`;
    }).join(". "),
    width: 760,
    height: 420,
    marginRight: 235,
    x: {
      type: "log",
      base: 2,
      label: "disk, GiB/s for each GHz of the clock →",
      ticks: [0.5, 1, 1.33, 2, 4, 8],
      tickFormat: String,
      grid: true,
    },
    y: { label: "↑ % of their rate", domain: [0, 110], grid: true },
    color: { domain: looks.map(({ name }) => name), range: looks.map(({ colour }) => colour) },
    marks: [
      Plot.line(dashed("none"), { x: "disk", y: "percent", stroke: "name", strokeWidth: 2 }),
      Plot.line(dashed("5 3"), {
        x: "disk",
        y: "percent",
        stroke: "name",
        strokeWidth: 2,
        strokeDasharray: "5 3",
      }),
      Plot.dot(lines, { x: "disk", y: "percent", fill: "name", r: 3 }),
      Plot.link(ends, {
        x1: "disk",
        y1: "percent",
        x2: beside,
        y2: "at",
        stroke: "name",
        strokeWidth: 1,
      }),
      Plot.text(ends, {
        x: beside,
        y: "at",
        text: "name",
        textAnchor: "start",
        dx: 4,
        fontSize: 11,
      }),
    ],
  });
}

/** Moves labels apart that would lie on one another: 5 % of the axis is a line of text. */
function spread(ends: { name: string; disk: number; percent: number }[]) {
  const sorted = [...ends].sort((a, b) => a.percent - b.percent);
  let floor = -Infinity;
  return sorted.map((end) => {
    floor = Math.max(end.percent, floor + 5);
    return { ...end, at: floor };
  });
}

type ByRow = (id: number) => number | undefined;

/** A document's I/O rates by row, times a factor. */
function ratesOf({ rows }: BenchDocument, times = 1): ByRow {
  const rates = new Map(rows.filter(isMeasured).map(({ id, MBps }) => [id, MBps * times]));
  return (id) => rates.get(id);
}

/** The results with the letter's disk, and with one that is slower by {@linkcode SPEED_UP}. */
export interface Clocks {
  oneGHz: BenchDocument;
  threeGHz: BenchDocument;
}

/** Gains of one row over another at 1 and 3 GHz: in the letter, in its author's table, and here. */
export function clockTable({ oneGHz, threeGHz }: Clocks): View {
  const pairs = [[22, 1], [22, 4], [22, 12], [22, 20]] as const;
  const gain = (fast: number | undefined, slow: number | undefined) =>
    fast && slow
      ? `${fast < slow ? "−" : "+"}${Math.abs((fast / slow - 1) * 100).toFixed(0)} %`
      : "";
  const column = (title: string, of: ByRow) => ({
    title,
    cell: ([fast, slow]: readonly [number, number]) => gain(of(fast), of(slow)),
  });
  return table(pairs, [
    { title: "dmabuf direct c_f_r (22) over row", cell: ([, slow]) => slow },
    column("letter, 1 GHz", (id) => letterFigures(id)?.MBps),
    column("here, 4 GiB/s and 100 µs", ratesOf(oneGHz)),
    column("author, 3 GHz", (id) => authorsRates.get(id)),
    column("here, 4/3 GiB/s and 300 µs", ratesOf(threeGHz)),
  ]);
}

/** The author's rates at 3 GHz beside the measured ones with the slower disk, times three. */
export function threeGHzTable({ threeGHz }: Pick<Clocks, "threeGHz">): View {
  const here = ratesOf(threeGHz, SPEED_UP);
  const rows = threeGHz.rows.filter(isMeasured).filter(({ id }) => authorsRates.has(Number(id)));
  return table(rows, [
    { title: "row", cell: label, align: "left" },
    { title: "author at 3 GHz, MB/s", cell: ({ id }) => authorsRates.get(Number(id)) },
    { title: "3 × here at 4/3 GiB/s, MB/s", cell: ({ id }) => here(Number(id)) },
    {
      title: "ratio",
      cell: ({ id }) => (here(Number(id))! / authorsRates.get(Number(id))!).toFixed(2),
    },
  ]);
}
