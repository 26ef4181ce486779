import type { Interval, MeasuredRow, Row, Sample, TimedPart, UnsupportedRow } from "./result.ts";
import { isMeasured } from "./result.ts";
import { median, medianInterval, outliers, type Random } from "./statistics.ts";

/** The samples for a row's medians: those without late bytes, or all if every sample has some. */
export function countingSamples(samples: readonly Sample[]): readonly Sample[] {
  const onTime = samples.filter((sample) => !sample.late);
  return onTime.length > 0 ? onTime : samples;
}

/** The median of the values that `of` takes from a row's counting samples; null if there is none. */
export function medianOf(row: MeasuredRow, of: (sample: Sample) => number | null): number | null {
  const values = countingSamples(row.samples).map(of).filter((value) => value !== null);
  return values.length === 0 ? null : median(values);
}

/** The CPU time of a sample's I/O, user and system. */
export function ioCpuMs({ cpu }: Sample): number {
  return cpu.io.userMs + cpu.io.systemMs;
}

/** Decimal megabytes a second. */
export function rate(bytes: number, ms: number): number {
  return bytes / 1e3 / ms;
}

function intervals(
  samples: readonly Sample[],
  random: Random,
): Record<TimedPart, Interval> | null {
  const of = (part: TimedPart) =>
    medianInterval(samples.map((sample) => sample[`${part}Ms`]), random);
  const [create, io, close] = [of("create"), of("io"), of("close")];
  return create && io && close ? { create, io, close } : null;
}

/** A row's medians and spreads. {@linkcode withShares} adds the shares, which need other rows. */
export function summarize(
  row: Row,
  samples: readonly Sample[],
  options: { sizeBytes: number; random: Random },
): MeasuredRow {
  const counting = countingSamples(samples);
  const middle = (part: TimedPart) => median(counting.map((sample) => sample[`${part}Ms`]));
  const ioMs = middle("io");
  const outlying = outliers(counting.map((sample) => sample.ioMs));
  return {
    ...row,
    createMs: middle("create"),
    ioMs,
    closeMs: middle("close"),
    intervals: intervals(counting, options.random),
    outliers: outlying.map((index) => samples.indexOf(counting[index]!)),
    MBps: Math.trunc(rate(options.sizeBytes, ioMs)),
    percent: null,
    limitPercent: null,
    verified: samples.every((sample) => sample.verified),
    late: counting.some((sample) => sample.late),
    samples: [...samples],
  };
}

/** Fills in every row's I/O rate relative to row 1 and to the limit row, if they exist. */
export function withShares(
  rows: readonly (MeasuredRow | UnsupportedRow)[],
): (MeasuredRow | UnsupportedRow)[] {
  const measured = rows.filter(isMeasured);
  const ioMs = (id: number | string) => measured.find((row) => row.id === id)?.ioMs;
  const share = (of: number | undefined, row: MeasuredRow) =>
    of === undefined ? null : Math.round(of / row.ioMs * 1000) / 10;
  const [first, limit] = [ioMs(1), ioMs("limit")];
  return rows.map((row) =>
    isMeasured(row) ? { ...row, percent: share(first, row), limitPercent: share(limit, row) } : row
  );
}
