import { letterDocument } from "./letter.ts";
import { deviceName, size } from "./report/format.ts";
import type { BenchDocument, Direction, Interval, MeasuredRow } from "./result.ts";
import { isMeasured } from "./result.ts";
import { median, ratioInterval, seededRandom, spearman } from "./statistics.ts";
import { countingSamples, rate } from "./summary.ts";

/** Whether the I/O rate is above the baseline's, below it, or indistinguishable from it. */
export type Verdict = "faster" | "slower" | "no difference";

/** One row of a comparison. Rates are decimal MB/s of I/O, so documents of different sizes fit. */
export interface RowComparison {
  /** The row's number or name. */
  id: number | string;
  /** The median rate here. */
  MBps: number;
  /** The median rate of the baseline. */
  baselineMBps: number;
  /** The rate here divided by the baseline's: above 1 is faster. */
  ratio: number;
  /** Bootstrap 95 % interval of the ratio; null if both sides have a single sample. */
  interval: Interval | null;
  /** The verdict: the whole interval must differ by more than 2 %. */
  verdict: Verdict;
}

/** A comparison of a document with a baseline. */
export interface Comparison {
  /** Rows measured on both sides, in the document's order. */
  rows: RowComparison[];
  /** Ids of rows that only one side measured. */
  unmatched: (number | string)[];
  /**
   * Spearman's correlation of the I/O times over the letter's rows that both sides measured; null
   * with fewer than three.
   */
  rankCorrelation: number | null;
  /** The number of rows in {@linkcode Comparison.rankCorrelation}. */
  rankedRows: number;
  /** The differences between the two sides besides the code, in words. */
  caveats: string[];
}

/** Ratios this near to 1 count as equal: runs on separate boots differ by as much. */
const tolerance = 0.02;

function rates(row: MeasuredRow, sizeBytes: number): number[] {
  const times = row.samples.length === 0
    ? [row.ioMs]
    : countingSamples(row.samples).map((sample) => sample.ioMs);
  return times.map((ms) => rate(sizeBytes, ms));
}

/** The verdict on a ratio of rates, by its interval if there is one. */
export function verdictOf(ratio: number, interval: Interval | null): Verdict {
  const { low, high } = interval ?? { low: ratio, high: ratio };
  if (low > 1 + tolerance) return "faster";
  if (high < 1 - tolerance) return "slower";
  return "no difference";
}

function compareRow(
  [row, baseline]: readonly [MeasuredRow, MeasuredRow],
  sizes: readonly [number, number],
  seed: number,
): RowComparison {
  const ours = rates(row, sizes[0]);
  const theirs = rates(baseline, sizes[1]);
  const [MBps, baselineMBps] = [median(ours), median(theirs)];
  const ratio = MBps / baselineMBps;
  const interval = ratioInterval(ours, theirs, seededRandom(seed));
  return { id: row.id, MBps, baselineMBps, ratio, interval, verdict: verdictOf(ratio, interval) };
}

const device = ({ environment }: BenchDocument) =>
  environment.device === null ? "an unmodelled disk" : deviceName(environment.device);

/** The conditions that must be equal on both sides, so that only the code differs. */
const conditions: readonly (readonly [string, (document: BenchDocument) => string])[] = [
  ["direction", (document) => document.direction],
  ["size", (document) => size(document.sizeBytes)],
  ["chunk", (document) => size(document.chunkBytes)],
  ["clock", (document) => document.environment.clock],
  ["disk", device],
  ["CPU", (document) => document.environment.cpu],
  ["filesystem", (document) => document.environment.filesystem],
  ["kernel", (document) => document.environment.kernel],
];

function caveats(document: BenchDocument, baseline: BenchDocument): string[] {
  const differing = conditions.flatMap(([name, of]) =>
    of(document) === of(baseline) ? [] : [`${name}: ${of(document)} here, ${of(baseline)} there`]
  );
  const single = [document.runs === 1 ? "here" : "", baseline.runs === 1 ? "there" : ""].filter(
    (side) => side !== "",
  );
  return single.length === 0
    ? differing
    : [...differing, `a single run ${single.join(" and ")}: its spread is unknown`];
}

/**
 * Checks that a baseline has the same direction; this works before the bench.
 *
 * @throws {RangeError} where it is not.
 */
export function checkDirection(direction: Direction, baseline: BenchDocument): void {
  if (direction === baseline.direction) return;
  throw new RangeError(
    `a ${direction} bench can't be compared with a ${baseline.direction} one: choose a baseline ` +
      `of the same direction`,
  );
}

/**
 * Compares the I/O rates of a document's rows with those of a baseline. Only rows of the same
 * direction can be compared.
 *
 * @throws {RangeError} where the directions differ.
 */
export function compare(document: BenchDocument, baseline: BenchDocument): Comparison {
  checkDirection(document.direction, baseline);
  const ours = document.rows.filter(isMeasured);
  const theirs = new Map(baseline.rows.filter(isMeasured).map((row) => [row.id, row]));
  const pairs = ours.flatMap((row) => {
    const other = theirs.get(row.id);
    return other === undefined ? [] : [[row, other] as const];
  });
  const matched = new Set(pairs.map(([row]) => row.id));
  const ranked = pairs.filter(([row]) => typeof row.id === "number");
  return {
    rows: pairs.map((pair) =>
      compareRow(pair, [document.sizeBytes, baseline.sizeBytes], document.seed)
    ),
    unmatched: [...new Set([...ours.map((row) => row.id), ...theirs.keys()])]
      .filter((id) => !matched.has(id)),
    rankCorrelation: spearman(
      ranked.map(([row]) => row.ioMs),
      ranked.map(([, row]) => row.ioMs),
    ),
    rankedRows: ranked.length,
    caveats: caveats(document, baseline),
  };
}

/** {@linkcode compare} with the letter. */
export function compareWithLetter(document: BenchDocument): Comparison {
  return compare(document, letterDocument);
}
