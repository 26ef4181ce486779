import { assertEquals, assertThrows } from "@std/assert";
import {
  type BenchDocument,
  describePoint,
  DocumentError,
  mergeSweeps,
  missingPoints,
  parseSweep,
  pointOf,
  renderSweepJson,
  type Shard,
  shardPoints,
  type Sweep,
  type SweepPlan,
} from "../../bench/mod.ts";
import { documentOf, row } from "./_fixtures.ts";

const GIB = 2 ** 30;

function point(gibibytes: number, rows = [1, 22]): BenchDocument {
  const times = rows.map((id, index) => [row(id), [1000 / gibibytes / (index + 1)]] as const);
  const document = documentOf(new Map(times), { runs: 1 });
  const device = { bytesPerSecond: gibibytes * GIB, latencyUs: 100 };
  return { ...document, environment: { ...document.environment, device } };
}

const documents = [1, 2, 3, 4, 5].map((gibibytes) => point(gibibytes));
const plan: SweepPlan = {
  ...{ base: "6.12", kernel: "patched", direction: "read", sizeBytes: GIB, runs: 1, seed: 1 },
  rows: [1, 22],
  points: documents.map(pointOf),
};

function part(points: BenchDocument[], shard: Shard | null = null): Sweep {
  return { schema: "dmacopy-sweep-2", plan, shard, points };
}

function shard(index: number, count: number): Sweep {
  return part(shardPoints(documents, { index, count }), { index, count });
}

for (const count of [1, 2, 3, 5, 7]) {
  Deno.test(`mergeSweeps() of ${count} shards in any order is the whole, bit for bit`, () => {
    const shards = Array.from({ length: count }, (_, index) => shard(index + 1, count));
    const whole = renderSweepJson(part(documents));
    assertEquals(renderSweepJson(mergeSweeps(shards)), whole);
    assertEquals(renderSweepJson(mergeSweeps([...shards.toReversed(), shards[0]!])), whole);
    assertEquals(shards.flatMap(missingPoints), []);
  });
}

Deno.test("missingPoints() names points that are not there, or not whole", () => {
  const { points } = shard(1, 2);
  const merged = mergeSweeps([part([points[0]!, { ...points[1]!, interrupted: true }])]);
  assertEquals(
    missingPoints(merged).map(describePoint),
    [2, 3, 4, 5].map((gibibytes) => `disk ${gibibytes} GiB/s + 100 µs, chunk 32 MiB`),
  );
  assertEquals(missingPoints(part([point(1, [1])])).length, 5);
});

Deno.test("mergeSweeps() prefers a whole point to one that was interrupted", () => {
  const half = part([{ ...point(1, [1]), interrupted: true }]);
  const merged = mergeSweeps([half, part([point(1)])]);
  assertEquals(merged.points, [point(1)]);
});

Deno.test("mergeSweeps() puts results of one command each together", () => {
  const single = (document: BenchDocument) => parseSweep(JSON.stringify(document), "x.json");
  const merged = mergeSweeps([single(point(1, [1])), single(point(2)), single(point(1, [22]))]);
  assertEquals(merged.points.map(({ rows }) => rows.map(({ id }) => id)), [[1, 22], [1, 22]]);
  const other = single({ ...point(4), direction: "write" });
  assertThrows(
    () => mergeSweeps([single(point(1)), other]),
    RangeError,
    "more than disk and chunk",
  );
});

Deno.test("mergeSweeps() refuses parts of different sweeps", () => {
  const other = { ...part(documents), plan: { ...plan, seed: 2 } };
  assertThrows(() => mergeSweeps([part(documents), other]), RangeError, "not parts of one sweep");
  assertThrows(() => mergeSweeps([]), RangeError, "no results");
});

Deno.test("parseSweep() reads back what is written, and version 1", () => {
  assertEquals(parseSweep(renderSweepJson(shard(1, 2)), "x"), shard(1, 2));
  const old = JSON.stringify({ schema: "dmacopy-sweep-1", points: documents });
  assertEquals(parseSweep(old, "x"), { ...part(documents), plan: null });
});

for (
  const [what, text] of [
    ["a version that is not known", '{"schema": "dmacopy-sweep-9", "points": []}'],
    ["no JSON", "{"],
    ["nothing", ""],
    ["null", "null"],
    ["points that are none", '{"schema": "dmacopy-sweep-2", "points": 1}'],
    ["a wrong point", '{"schema": "dmacopy-sweep-1", "points": [{}]}'],
    ["a wrong plan", '{"schema": "dmacopy-sweep-2", "points": [], "plan": {"points": [1]}}'],
    ["a wrong shard", '{"schema": "dmacopy-sweep-2", "points": [], "plan": null, "shard": 1}'],
  ] as const
) {
  Deno.test(`parseSweep() refuses ${what}, in one line`, () => {
    const error = assertThrows(() => parseSweep(text, "x.json"), DocumentError);
    assertEquals(/^x\.json is not a bench result: [^\n]+$/.test(error.message), true);
  });
}
