import { type BenchDocument, isMeasured, type MeasuredRow } from "../../bench/mod.ts";
import { rate } from "../../bench/summary.ts";
import { colours, figure, Plot } from "./figure.ts";
import type { View } from "./show.ts";
import { table } from "./table.ts";

const GIB = 2 ** 30;
/** Clocks of boards, phones and servers, in GHz, by twos as the disks that were measured. */
const CLOCKS = [0.5, 1, 2, 4];
/** A smaller margin counts as none, as boots differ by as much. */
const LEVEL = 1.02;
/** From this margin on, the difference matters. */
const WORTH = 1.25;

/** Ways into a dma-buf, by their rows, in words that fit a cell. */
const WAYS: Readonly<Record<string, string>> = {
  "1": "heap, buffered",
  "12": "udmabuf 4k",
  "thp": "udmabuf thp",
  "hugetlb": "udmabuf hugetlb",
  "early-thp": "udmabuf early",
  "uring-thp": "udmabuf io_uring",
  "20": "udmabuf c_f_r",
  "22": "heap c_f_r",
  "parallel": "heap c_f_r x4",
};

/** The fastest of some ways at one disk: bytes over the time to make the buffers and to fill them. */
export interface Best {
  way: string;
  /** Decimal, for each GHz of the clock. */
  MBps: number;
}

/** One disk, as a clock of 1 GHz sees it. */
export interface MapPoint {
  /** In GiB/s for each GHz. */
  disk: number;
  /** The fastest of a stock kernel. */
  stock: Best;
  /** The fastest with the series. */
  series: Best;
  /** The series divided by stock; 1 or less means no gain. */
  margin: number;
}

/** The methods that count: all into a dma-buf, or only those into a heap's. */
export type Wanted = "any" | "heap";

function counts({ id, buffer }: MeasuredRow, wanted: Wanted): boolean {
  return String(id) in WAYS && (wanted === "any" || buffer === "dmabuf");
}

function best({ rows, sizeBytes }: BenchDocument, wanted: Wanted): Best {
  const ways = rows.filter(isMeasured).filter((row) => counts(row, wanted)).map((row) => ({
    way: WAYS[String(row.id)]!,
    MBps: rate(sizeBytes, row.createMs + row.ioMs),
  }));
  const [fastest] = ways.toSorted((a, b) => b.MBps - a.MBps);
  if (fastest === undefined) throw new RangeError("no way into a dma-buf was measured");
  return fastest;
}

/** The fastest ways with and without the series at each disk that both were measured at. */
export function mapPoints(
  stock: readonly BenchDocument[],
  series: readonly BenchDocument[],
  wanted: Wanted,
): MapPoint[] {
  const diskOf = ({ environment }: BenchDocument) => environment.device?.bytesPerSecond;
  return stock.flatMap((document) => {
    const other = series.find((it) => diskOf(it) === diskOf(document));
    if (other === undefined) return [];
    const [without, withSeries] = [best(document, wanted), best(other, wanted)];
    const margin = withSeries.MBps / without.MBps;
    return [{ disk: diskOf(document)! / GIB, stock: without, series: withSeries, margin }];
  });
}

/** The rows that need the series. */
const OF_THE_SERIES: readonly string[] = ["20", "22", "parallel"];

/** The same for a kernel with the series that measured the rows of both kinds. */
export function mapPointsOfOne(documents: readonly BenchDocument[], wanted: Wanted): MapPoint[] {
  const only = (needsSeries: boolean) =>
    documents.map((document) => ({
      ...document,
      rows: document.rows.filter(({ id }) => OF_THE_SERIES.includes(String(id)) === needsSeries),
    }));
  return mapPoints(only(false), only(true), wanted);
}

/** One square of the map: a machine. */
export interface Square extends MapPoint {
  /** In GHz. */
  clock: number;
  /** In GiB/s. */
  bandwidth: number;
}

/** Machines whose disk, by their clock, is one that was measured: nothing is interpolated. */
export function squares(points: readonly MapPoint[]): Square[] {
  return CLOCKS.flatMap((clock) =>
    points.map((point) => ({ ...point, clock, bandwidth: point.disk * clock }))
  );
}

function verdict({ margin }: MapPoint): { name: string; colour: string } {
  if (margin < LEVEL) return { name: "a stock kernel is as fast", colour: colours.grey };
  if (margin < WORTH) return { name: "the series gains up to 25 %", colour: colours.blue };
  return { name: "the series gains more", colour: colours.orange };
}

/** The fastest way, and the series' margin over it where it is the series'. */
function caption({ stock, series, margin }: MapPoint): string {
  return margin < LEVEL
    ? `${stock.way}\n+0 %`
    : `${series.way}\n+${Math.round((margin - 1) * 100)} %`;
}

function gibibytes(value: number): string {
  return value >= 1 ? `${value} GiB/s` : `${value * 1024} MiB/s`;
}

/** Bandwidth against clock: the fastest way and its margin. */
export function fleetMap(points: readonly MapPoint[], title: string): View {
  const all = squares(points);
  const [low, high] = [points[0]!, points.at(-1)!];
  const keys = [0, 1.1, 2].map((margin) => verdict({ ...low, margin }));
  return figure({
    title,
    alt:
      `A square for each disk's bandwidth and CPU's clock. Per GHz of the clock, the series gains ${
        Math.round((low.margin - 1) * 100)
      } % at ${gibibytes(low.disk)} and ${Math.round((high.margin - 1) * 100)} % at ${
        gibibytes(high.disk)
      }.`,
    legend: keys,
    width: 1000,
    height: 300,
    marginLeft: 70,
    marginBottom: 45,
    padding: 0.04,
    x: {
      label: "disk →",
      type: "band",
      domain: [...new Set(all.map(({ bandwidth }) => bandwidth))]
        .toSorted((a, b) => a - b),
      tickFormat: gibibytes,
    },
    y: {
      label: "clock",
      type: "band",
      domain: CLOCKS.toReversed(),
      tickFormat: (it: number) => `${it} GHz`,
    },
    marks: [
      Plot.cell(all, {
        x: "bandwidth",
        y: "clock",
        fill: (square: Square) => verdict(square).colour,
        fillOpacity: 0.35,
      }),
      Plot.text(all, { x: "bandwidth", y: "clock", text: caption, fontSize: 9 }),
    ],
  });
}

/** The same as numbers. */
export function fleetTable(points: readonly MapPoint[]): View {
  return table(points, [
    { title: "disk per GHz", cell: ({ disk }) => gibibytes(disk), align: "left" },
    { title: "stock's fastest", cell: ({ stock }) => stock.way, align: "left" },
    { title: "MB/s per GHz", cell: ({ stock }) => stock.MBps.toFixed(0) },
    { title: "the series' fastest", cell: ({ series }) => series.way, align: "left" },
    { title: "MB/s per GHz", cell: ({ series }) => series.MBps.toFixed(0) },
    { title: "series over stock", cell: ({ margin }) => `${margin.toFixed(2)} ×` },
  ]);
}

/** The points of a kind of machine. */
export interface Kind {
  /** Its base and architecture. */
  name: string;
  points: readonly MapPoint[];
}

/** Kinds of machines beside each other, at the disks that all of them have. */
export function kindTable(kinds: readonly Kind[]): View {
  const isCommon = ({ disk }: MapPoint) =>
    kinds.every(({ points }) => points.some((point) => point.disk === disk));
  const lines = kinds.flatMap(({ name, points }) =>
    points.filter(isCommon).map((point) => ({ ...point, name }))
  ).toSorted((a, b) => a.disk - b.disk);
  return table(lines, [
    { title: "disk per GHz", cell: ({ disk }) => gibibytes(disk), align: "left" },
    { title: "kernel, architecture", cell: ({ name }) => name, align: "left" },
    { title: "fastest without the series", cell: ({ stock }) => stock.way, align: "left" },
    { title: "MB/s per GHz", cell: ({ stock }) => stock.MBps.toFixed(0) },
    { title: "the series' fastest", cell: ({ series }) => series.way, align: "left" },
    { title: "MB/s per GHz", cell: ({ series }) => series.MBps.toFixed(0) },
    { title: "gain", cell: ({ margin }) => `${margin.toFixed(2)} ×` },
  ]);
}
