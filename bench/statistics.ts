import {
  median,
  medianAbsoluteDeviation,
  quantileSorted,
  sampleCorrelation,
} from "npm:simple-statistics@7.12.0";
import type { Interval } from "./result.ts";

/** A source of numbers in [0, 1), as `Math.random`. */
export type Random = () => number;

/** A seeded {@linkcode Random} (mulberry32): the same seed gives the same numbers anywhere. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The number of resamples: with it, the interval's ends move by less than the spread between two seeds. */
const resamples = 2000;

function resample(values: readonly number[], random: Random): number[] {
  return values.map(() => values[Math.floor(random() * values.length)]!);
}

function percentileInterval(statistics: number[]): Interval {
  const sorted = statistics.sort((a, b) => a - b);
  return { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
}

/** The bootstrap 95 % interval of the median; null with fewer than two values. */
export function medianInterval(values: readonly number[], random: Random): Interval | null {
  if (values.length < 2) return null;
  return percentileInterval(
    Array.from({ length: resamples }, () => median(resample(values, random))),
  );
}

/**
 * The bootstrap 95 % interval of median(a) / median(b); null if neither has two values, as
 * the spread is unknown then.
 */
export function ratioInterval(
  a: readonly number[],
  b: readonly number[],
  random: Random,
): Interval | null {
  if (a.length < 2 && b.length < 2) return null;
  return percentileInterval(
    Array.from(
      { length: resamples },
      () => median(resample(a, random)) / median(resample(b, random)),
    ),
  );
}

/** The factor that turns the MAD of a normal distribution into its standard deviation. */
const normalMad = 1.4826;
/** The usual threshold of Iglewicz and Hoaglin. */
const cut = 3.5;

/** Indexes of the values farther than 3.5 scaled MADs from the median. */
export function outliers(values: readonly number[]): number[] {
  if (values.length < 3) return [];
  const middle = median([...values]);
  const limit = cut * normalMad * medianAbsoluteDeviation([...values]);
  return values.flatMap((value, index) => Math.abs(value - middle) > limit ? [index] : []);
}

/** Ranks from 1; equal values share the mean of their ranks. */
function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

/** Spearman's rank correlation, ties included; null with fewer than three pairs. */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  if (a.length !== b.length) throw new RangeError("spearman needs as many values on either side");
  if (a.length < 3) return null;
  const correlation = sampleCorrelation(ranks(a), ranks(b));
  if (Number.isNaN(correlation)) return null;
  // Rounding may exceed the limits slightly.
  return Math.max(-1, Math.min(1, correlation));
}

export { median };
