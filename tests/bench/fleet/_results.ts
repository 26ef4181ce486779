/** Results of an imagined fleet: the results in notebooks/data, as many machines would give them. */
import {
  type BenchDocument,
  isMeasured,
  type MeasuredRow,
  parseSweep,
  renderJson,
  renderSweepJson,
  type Sweep,
} from "../../../bench/mod.ts";
import { type Random, seededRandom } from "../../../bench/statistics.ts";

const DATA = new URL("../../../notebooks/data/", import.meta.url);

/** Single results and sweeps, of two architectures and filesystems. */
const SOURCES = [
  "throughput",
  "throughput-arm64",
  "throughput-f2fs",
  "pages",
  "pages-stock",
  "at-3ghz",
  "load",
  "sweep",
  "fleet-stock",
];

const RELEASES = ["6.12.100", "6.12.117", "7.3.4"];
const MEMORY_BYTES = [2, 4, 8].map((gibibytes) => gibibytes * 2 ** 30);
const FIRST_DAY = Date.UTC(2026, 0, 1);
const DAYS = 365;
const DAY_MS = 86_400_000;
/** The spread between machines, as a share of a time. */
const SPREAD = 0.02;

/** The fault of the fleet: a row that takes longer on one release from a day on. */
export const regression = { row: 22, release: "7.3.4", date: "2026-07-01", factor: 1.25 } as const;

/** A file of a result. */
export interface ResultFile {
  name: string;
  text: string;
}

async function readSource(name: string): Promise<Sweep> {
  const path = new URL(`${name}.json`, DATA);
  const { result } = JSON.parse(await Deno.readTextFile(path));
  return parseSweep(JSON.stringify(result), path.pathname);
}

/** A number of the standard normal distribution (Box and Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function slowed(row: MeasuredRow, factor: number): MeasuredRow {
  const { ioMs, MBps, intervals, samples } = row;
  const of = ({ low, high }: { low: number; high: number }) => ({
    low: low * factor,
    high: high * factor,
  });
  return {
    ...row,
    ioMs: ioMs * factor,
    MBps: Math.trunc(MBps / factor),
    intervals: intervals && { ...intervals, io: of(intervals.io) },
    samples: samples.map((sample) => ({ ...sample, ioMs: sample.ioMs * factor })),
  };
}

interface Machine {
  release: string;
  memoryBytes: number;
  date: string;
}

function measuredOn(document: BenchDocument, machine: Machine, random: Random): BenchDocument {
  const { release, memoryBytes, date } = machine;
  const isSlow = release === regression.release && date >= regression.date;
  const factorOf = ({ id }: MeasuredRow) =>
    Math.exp(SPREAD * normal(random)) * (isSlow && id === regression.row ? regression.factor : 1);
  const kernel = document.environment.kernel.replace(/^[\d.]+/, release);
  return {
    ...document,
    environment: { ...document.environment, kernel, memoryBytes, date },
    rows: document.rows.map((row) => isMeasured(row) ? slowed(row, factorOf(row)) : row),
  };
}

/** The same result as the first version of dmacopy wrote it, which had other names for an arm64. */
function asVersion1(text: string): string {
  if (text.includes("aarch64")) return text;
  return text.replaceAll("dmacopy-bench-2", "dmacopy-bench-1")
    .replace("dmacopy-sweep-2", "dmacopy-sweep-1")
    .replaceAll(/"architecture": .*\n\s*/g, "");
}

function render({ points }: Sweep): string {
  const [first] = points;
  if (points.length === 1) return renderJson(first!);
  return renderSweepJson({ schema: "dmacopy-sweep-2", plan: null, shard: null, points });
}

/** Options of {@linkcode fleetResults}. */
export interface FleetResultsOptions {
  /** The same seed gives the same files. @default 1 */
  seed?: number | undefined;
  /** The names of results in notebooks/data. @default single results and sweeps of all kinds */
  sources?: readonly string[] | undefined;
}

/** The results of a year, spread over its days. Each third one has the first version's form. */
export async function* fleetResults(
  count: number,
  { seed = 1, sources = SOURCES }: FleetResultsOptions = {},
): AsyncGenerator<ResultFile> {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const sweeps = await Promise.all(sources.map(readSource));
  for (let index = 0; index < count; index++) {
    const date = new Date(FIRST_DAY + Math.floor(index / count * DAYS) * DAY_MS).toISOString();
    const machine = { release: pick(RELEASES), memoryBytes: pick(MEMORY_BYTES), date };
    const sweep = sweeps[index % sweeps.length]!;
    const points = sweep.points.map((point) => measuredOn(point, machine, random));
    const text = render({ ...sweep, points });
    const name = `${String(index).padStart(6, "0")}.json`;
    yield { name, text: index % 3 === 0 ? asVersion1(text) : text };
  }
}
