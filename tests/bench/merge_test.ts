import { assertEquals, assertThrows } from "@std/assert";
import { limitRow, mergeDocuments } from "../../bench/mod.ts";
import { documentOf, measuredRows, row } from "./_fixtures.ts";

Deno.test("mergeDocuments() puts rows in the table's order and relates them to each other", () => {
  const merged = mergeDocuments([
    documentOf(new Map([[row(22), [250, 250, 250]], [limitRow, [240, 240, 240]]])),
    documentOf(new Map([[row(1), [1000, 1000, 1000]], [row(23), [1000, 1000, 1000]]])),
  ]);
  assertEquals(
    measuredRows(merged).map(({ id, percent, limitPercent }) => [id, percent, limitPercent]),
    [[1, 100, 24], [22, 400, 96], [23, 100, 24], ["limit", 416.7, 100]],
  );
});

Deno.test("mergeDocuments() is interrupted where one is, and needs one", () => {
  const [whole, part] = [
    documentOf(new Map([[row(1), [1, 1, 1]]])),
    documentOf(new Map(), { interrupted: true }),
  ];
  assertEquals(mergeDocuments([whole]).interrupted, false);
  assertEquals(mergeDocuments([whole, part]).interrupted, true);
  assertThrows(() => mergeDocuments([]), RangeError);
});
