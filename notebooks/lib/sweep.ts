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
const threeGHz: ReadonlyMap<number, number> = new Map([
  [1, 2519],
  [2, 2375],
  [4, 3448],
  [12, 3651],
  [14, 1100],
  [16, 2428],
  [20, 3874],
  [22, 4002],
]);

/** How much slower than the letter's the disk is that a clock of 1 GHz sees as 3 GHz see theirs. */
const SPEED_UP = 3;

/** One row at one speed of the disk. */
export interface Point {
  row: MeasuredRow;
  /** Of the disk, for each GHz of the clock, in GiB/s. */
  disk: number;
  /** I/O rate over what the disk gives by itself, in percent. */
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

/** How near each row comes to the disk, from slow disks to fast ones. */
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
  return figure({
    title: "I/O rate against the disk's own",
    alt: ids.map((row) => {
      const own = points.filter((point) => point.row.id === row.id);
      const [slow, fast] = [own[0], own.at(-1)];
      return `${label(row)}: ${slow?.percent.toFixed(0)} % of a disk of ${slow?.disk.toFixed(1)} ` +
        `GiB/s, ${fast?.percent.toFixed(0)} % of one of ${fast?.disk.toFixed(1)} GiB/s`;
    }).join(". "),
    width: 760,
    height: 420,
    marginRight: 210,
    x: {
      type: "log",
      base: 2,
      label: "disk, GiB/s for each GHz of the clock →",
      ticks: [0.5, 1, 1.33, 2, 4, 8],
      tickFormat: String,
      grid: true,
    },
    y: { label: "↑ % of what the disk alone gives", domain: [0, 110], grid: true },
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
      Plot.text(
        spread(lines.filter(({ disk }) => disk === last)),
        { x: "disk", y: "at", text: "name", textAnchor: "start", dx: 8, fontSize: 11 },
      ),
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

function at(points: readonly Point[], { id, disk }: { id: number; disk: number }) {
  return points.find((point) => point.row.id === id && Math.abs(point.disk - disk) < 0.01)?.row;
}

/** Gains of one row over another: the letter's at 1 and 3 GHz, and here with the disks of these. */
export function clockTable(points: readonly Point[]): View {
  const pairs = [[22, 1], [22, 4], [22, 12], [22, 20]] as const;
  const gain = (fast: number | undefined, slow: number | undefined) =>
    fast && slow
      ? `${fast < slow ? "−" : "+"}${Math.abs((fast / slow - 1) * 100).toFixed(0)} %`
      : "";
  const letter = (id: number) => letterFigures(id)?.MBps;
  const here = (disk: number) => (id: number) => at(points, { id, disk })?.MBps;
  const column = (title: string, of: (id: number) => number | undefined) => ({
    title,
    cell: ([fast, slow]: readonly [number, number]) => gain(of(fast), of(slow)),
  });
  return table(pairs, [
    { title: "dmabuf direct c_f_r (22) over row", cell: ([, slow]) => slow },
    column("letter, 1 GHz", letter),
    column("here, 4 GiB/s", here(4)),
    column("author, 3 GHz", (id) => threeGHz.get(id)),
    column("here, 4/3 GiB/s", here(4 / SPEED_UP)),
  ]);
}

/** The author's rates at 3 GHz beside ours: three times those of a disk that is slower by three. */
export function threeGHzTable(points: readonly Point[]): View {
  const rows = [...threeGHz].flatMap(([id, author]) => {
    const row = at(points, { id, disk: 4 / SPEED_UP });
    return row === undefined ? [] : [{ row, author, here: row.MBps * SPEED_UP }];
  });
  return table(rows, [
    { title: "row", cell: ({ row }) => label(row), align: "left" },
    { title: "author at 3 GHz, MB/s", cell: ({ author }) => author },
    { title: "3 × here at 4/3 GiB/s", cell: ({ here }) => here },
    { title: "ratio", cell: ({ author, here }) => (here / author).toFixed(2) },
  ]);
}
