import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  median,
  medianInterval,
  outliers,
  ratioInterval,
  seededRandom,
  spearman,
} from "../../bench/statistics.ts";

Deno.test("seededRandom() gives the numbers of mulberry32", () => {
  const random = seededRandom(1);
  const numbers = [random(), random(), random()];
  assertEquals(numbers.map((number) => Math.round(number * 1e6)), [627074, 2736, 527447]);
});

Deno.test("seededRandom() differs by seed and stays below 1", () => {
  const [a, b] = [seededRandom(1), seededRandom(2)];
  const numbers = Array.from({ length: 1000 }, () => a());
  assert(numbers.every((number) => number >= 0 && number < 1));
  assert(numbers[0] !== b());
  assertAlmostEquals(numbers.reduce((sum, number) => sum + number) / 1000, 0.5, 0.05);
});

Deno.test("medianInterval() holds the median and lies within the values", () => {
  const values = [10, 11, 12, 13, 40];
  const interval = medianInterval(values, seededRandom(3))!;
  assert(interval.low <= median(values) && median(values) <= interval.high);
  assert(interval.low >= 10 && interval.high <= 40);
});

Deno.test("medianInterval() covers the true median in about 95 % of samples", () => {
  const random = seededRandom(5);
  const normal = () => Array.from({ length: 12 }, random).reduce((sum, each) => sum + each) - 6;
  const trials = 200;
  const covered = Array.from({ length: trials }, () => {
    const { low, high } = medianInterval(Array.from({ length: 25 }, normal), random)!;
    return low <= 0 && 0 <= high;
  }).filter(Boolean).length;
  assert(covered / trials > 0.88 && covered / trials <= 1, `${covered} of ${trials}`);
});

Deno.test("medianInterval() is null for one value, a point for equal ones", () => {
  assertEquals(medianInterval([5], seededRandom(1)), null);
  assertEquals(medianInterval([5, 5, 5], seededRandom(1)), { low: 5, high: 5 });
});

Deno.test("ratioInterval() uses the spread of the side that has one", () => {
  assertEquals(ratioInterval([2], [1], seededRandom(1)), null);
  const { low, high } = ratioInterval([2, 2.2, 1.8], [1], seededRandom(1))!;
  assertEquals([low, high], [1.8, 2.2]);
});

Deno.test("outliers() finds what lies beyond 3.5 scaled MADs", () => {
  // Median 12, MAD 1: the cut is 12 ± 5.19.
  assertEquals(outliers([11, 12, 13, 11, 17, 13, 12]), []);
  assertEquals(outliers([11, 12, 13, 11, 17.2, 13, 12]), [4]);
  assertEquals(outliers([1, 100]), []);
});

Deno.test("spearman() is 1 for the same order, -1 for the reverse", () => {
  assertAlmostEquals(spearman([1, 2, 3, 4], [10, 20, 30, 400])!, 1, 1e-12);
  assertAlmostEquals(spearman([1, 2, 3, 4], [4, 3, 2, 1])!, -1, 1e-12);
});

Deno.test("spearman() agrees with a textbook's example, and with ties", () => {
  // IQ against hours of television: rho = -29/165.
  const iq = [106, 86, 100, 101, 99, 103, 97, 113, 112, 110];
  const hours = [7, 0, 27, 50, 28, 29, 20, 12, 6, 17];
  assertAlmostEquals(spearman(iq, hours)!, -29 / 165, 1e-12);
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5).
  assertAlmostEquals(spearman([1, 2, 2, 3], [1, 2, 3, 4])!, 4.5 / Math.sqrt(22.5), 1e-12);
});

Deno.test("spearman() is null where there is no order to compare", () => {
  assertEquals(spearman([1, 2], [1, 2]), null);
  assertEquals(spearman([1, 1, 1], [1, 2, 3]), null);
});
