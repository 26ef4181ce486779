import { assertEquals, assertMatch } from "@std/assert";
import { type BenchDocument, renderSweep, renderSweepCsv, type Sweep } from "../../bench/mod.ts";
import { documentOf, row } from "./_fixtures.ts";

function point(gibibytes: number, ioMs: [number, number]): BenchDocument {
  const document = documentOf(new Map([[row(1), [ioMs[0]]], [row(22), [ioMs[1]]]]), { runs: 1 });
  const device = { bytesPerSecond: gibibytes * 2 ** 30, latencyUs: 100 };
  return { ...document, environment: { ...document.environment, device } };
}

const sweep: Sweep = {
  schema: "dmacopy-sweep-2",
  plan: null,
  shard: null,
  points: [point(1, [1000, 500]), point(4, [800, 200])],
};

Deno.test("renderSweep() has a line for each row and point, with shares of row 1", () => {
  const lines = renderSweep(sweep).trimEnd().split("\n");
  const of = (start: RegExp) => lines.filter((line) => start.test(line));
  assertMatch(of(/^ +1 /)[0]!, /dmabuf +buffer +R\/W +1 GiB\/s \+ 100 µs +1000 +1073 +100$/);
  assertMatch(of(/^ +22 /)[0]!, /1 GiB\/s \+ 100 µs +500 +2147 +200$/);
  assertEquals(of(/4 GiB\/s \+ 100 µs +200 +5368 +400$/).length, 1);
  // The axes of the sweep are not among the common conditions.
  assertEquals(of(/modelled/).length, 0);
  assertEquals(of(/buffers of 32 MiB/).length, 1);
});

Deno.test("renderSweep() says why a row is missing at a point", () => {
  const { rows } = sweep.points[1]!;
  const unsupported = { errno: "EXDEV", reason: "not here" };
  const text = renderSweep({
    ...sweep,
    points: [
      sweep.points[0]!,
      { ...sweep.points[1]!, rows: [rows[0]!, { ...row(22), unsupported }] },
    ],
  });
  assertMatch(text, /4 GiB\/s \+ 100 µs +unsupported: not here \(EXDEV\)/);
});

Deno.test("renderSweepCsv() has the point before the row's figures", () => {
  const [header, ...lines] = renderSweepCsv(sweep).trimEnd().split("\n");
  assertMatch(header!, /^device_bytes_per_s,device_latency_us,chunk_bytes,row,/);
  assertEquals(lines.map((line) => line.split(",").slice(0, 4).join(" ")), [
    "1073741824 100 33554432 1",
    "1073741824 100 33554432 22",
    "4294967296 100 33554432 1",
    "4294967296 100 33554432 22",
  ]);
});
