import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { compare, compareWithLetter, letterDocument, limitRow } from "../../bench/mod.ts";
import { documentOf, measuredRows, row } from "./_fixtures.ts";

const base = documentOf(
  new Map([
    [row(1), [1000, 1001, 999, 1002, 998]],
    [row(3), [2000, 2100, 1900, 2200, 1800]],
    [row(22), [250, 251, 249, 252, 248]],
    [limitRow, [240, 241, 242, 243, 244]],
  ]),
);

Deno.test("compare() tells faster, slower and no difference", () => {
  const changed = documentOf(
    new Map([
      [row(1), [500, 501, 499, 502, 498]],
      [row(3), [2050, 2150, 1950, 2250, 1850]],
      [row(22), [500, 501, 499, 502, 498]],
    ]),
  );
  const { rows, unmatched } = compare(changed, base);
  assertEquals(rows.map((each) => each.verdict), ["faster", "no difference", "slower"]);
  const ratios = [2, 2000 / 2050, 0.5];
  rows.forEach((each, index) => assertAlmostEquals(each.ratio, ratios[index]!, 1e-12));
  for (const { interval, ratio } of rows) {
    assert(interval!.low <= ratio && ratio <= interval!.high);
  }
  assertEquals(unmatched, ["limit"]);
});

Deno.test("compare() calls a change within 2 % no difference, however sure it is", () => {
  const changed = documentOf(new Map([[row(1), [985, 985, 985, 985, 985]]]));
  assertEquals(compare(changed, base).rows[0]!.verdict, "no difference");
});

Deno.test("compare() compares rates where sizes differ, and says so", () => {
  const quick = documentOf(new Map([[row(1), [250]]]), { sizeBytes: 2 ** 28, runs: 1 });
  const { rows, caveats } = compare(quick, base);
  assertAlmostEquals(rows[0]!.ratio, 1, 1e-12);
  assertEquals(caveats, [
    "size: 256 MiB here, 1 GiB there",
    "a single run here: its spread is unknown",
  ]);
});

Deno.test("compare() finds nothing between a document and itself", () => {
  const { rows, unmatched, caveats, rankCorrelation } = compare(base, base);
  assert(rows.every((each) => each.ratio === 1 && each.verdict === "no difference"));
  assertEquals([unmatched, caveats], [[], []]);
  assertAlmostEquals(rankCorrelation!, 1, 1e-12);
});

Deno.test("compare() leaves samples with late bytes out where others are on time", () => {
  const late = documentOf(new Map([[row(1), [1000, 1000, 5000]]]));
  measuredRows(late)[0]!.samples[2]!.late = true;
  assertEquals(compare(late, base).rows[0]!.interval!.low > 0.99, true);
});

Deno.test("compare() refuses documents of different directions", () => {
  assertThrows(() => compare({ ...base, direction: "write" }, base), RangeError, "write bench");
});

Deno.test("compareWithLetter() ranks the letter like itself", () => {
  const { rankCorrelation, rankedRows, rows } = compareWithLetter(letterDocument);
  assertAlmostEquals(rankCorrelation!, 1, 1e-12);
  assertEquals([rankedRows, rows.length], [23, 23]);
  assert(rows.every((each) => each.interval === null));
});

Deno.test("compareWithLetter() needs three rows to rank", () => {
  const two = documentOf(new Map([[row(1), [1, 2]], [row(3), [2, 3]], [limitRow, [1, 1]]]));
  assertEquals(compareWithLetter(two).rankCorrelation, null);
  assertEquals(compareWithLetter(two).rankedRows, 2);
});
