import { assertEquals } from "@std/assert";
import { BenchProgress, lineReader, parseStep, stepOf } from "../../guests/steps.ts";
import { letterRows } from "../../bench/mod.ts";

const step = { row: "12", round: 1, runs: 1, done: 0, total: 4 };

Deno.test("BenchProgress sums benches up, those not begun included", () => {
  const progress = new BenchProgress([4, 4]);
  assertEquals(progress.describe(0, { ...step, round: 0 }, 0), {
    what: "warming up",
    detail: "row 12",
  });
  assertEquals(progress.describe(0, step, 1000).what, "row 12, round 1 of 1, 0 of 8 done");
  assertEquals(progress.begun, false);
  const { what } = progress.describe(0, { ...step, done: 1 }, 11_000);
  assertEquals(what, "row 12, round 1 of 1, 1 of 8 done, 1 min 10 s left");
  // A row that proved unsupported is no longer to be run.
  const other = progress.describe(1, { ...step, row: "1", done: 1, total: 3 }, 11_000);
  assertEquals(other.what, "row 1, round 1 of 1, 2 of 7 done, 25 s left");
  assertEquals(progress.begun, true);
});

Deno.test("parseStep() reads what stepOf() tells, and no other line", () => {
  const progress = { row: letterRows[0]!, round: 1, runs: 2, done: 3, total: 4 };
  const told = stepOf({ ...progress, elapsedMs: 1, etaMs: null });
  assertEquals(parseStep(JSON.stringify(told)), { row: "1", round: 1, runs: 2, done: 3, total: 4 });
  assertEquals(parseStep("dmacopy: no memory"), null);
});

Deno.test("lineReader() puts lines together from pieces, in the midst of a character, too", () => {
  const lines: string[] = [];
  const read = lineReader((line) => lines.push(line));
  const bytes = new TextEncoder().encode("one\n100 µs\nrest");
  const cut = bytes.indexOf(0xb5);
  read(bytes.subarray(0, cut));
  read(bytes.subarray(cut));
  assertEquals(lines, ["one", "100 µs"]);
});
