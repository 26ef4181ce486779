import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { letterDocument } from "../../bench/mod.ts";
import type { BenchDocument, MeasuredRow } from "../../bench/mod.ts";
import { perPage, pinningShare, stageChart, stockTable } from "../../notebooks/lib/stages.ts";
import { clockTable, pointsOf, sweepChart, threeGHzTable } from "../../notebooks/lib/sweep.ts";
import type { Stages } from "../../notebooks/measure/counts.ts";

const stages: Stages[] = [{
  id: "12",
  name: "udmabuf+memfd, direct R/W",
  buffer: "udmabuf+memfd",
  direct: true,
  method: "R/W",
  bytes: 2 ** 28,
  thread: 200e6,
  elapsed: 260e6,
  calls: {},
  functions: {
    pin_user_pages_fast: 150e6,
    bio_iov_iter_get_pages: 160e6,
    bio_set_pages_dirty: 10e6,
    bio_check_pages_dirty: 8e6,
  },
}];

/** The letter's rows, with one instruction a byte in the I/O and a rate near the disk's. */
const measured: BenchDocument = {
  ...letterDocument,
  rows: letterDocument.rows.map((row) => ({
    ...row as MeasuredRow,
    limitPercent: 50,
    samples: [{ instructionsPerByte: 1 } as MeasuredRow["samples"][number]],
  })),
};

Deno.test("pinningShare() is of the thread's instructions", () => {
  assertEquals(pinningShare(stages, "12"), 0.75);
  assertThrows(() => pinningShare(stages, "13"), Error, "13 was not timed");
});

Deno.test("perPage() divides the I/O as the traced kernel does", () => {
  const row = perPage(measured, { stages, ids: ["12", "20"] })[0]!;
  assertAlmostEquals(row.create, 580e6 / 2 ** 18);
  assertAlmostEquals(row.close, 342e6 / 2 ** 18);
  assertAlmostEquals(row.pin, 4096 * 0.8);
  assertAlmostEquals(row.dirty, 4096 * (0.05 + 0.04));
  assertAlmostEquals(row.rest, 4096 * 0.15, 1e-6);
});

Deno.test("perPage() has no line for what was not timed or not measured", () => {
  assertEquals(perPage(measured, { stages, ids: ["12", "20", "thp"] }).length, 1);
});

Deno.test("stageChart() says all its numbers in words", () => {
  const view = stageChart(perPage(measured, { stages, ids: ["12"] }));
  assert(view["text/plain"]?.includes("pin 3277"));
});

Deno.test("stockTable() has the errno where the stock kernel refuses", () => {
  const unsupported = { errno: "EINVAL", reason: "no series" };
  const stock = {
    ...measured,
    rows: measured.rows.map((row) => row.id === 22 ? { ...row, unsupported } : row),
  };
  const lines = stockTable({ stock, series: measured })["text/plain"]?.split("\n") ?? [];
  assertEquals(lines.at(-1), "| 22 | dmabuf direct c_f_r | EINVAL | 48 + 316 + 5 |");
});

/** The same, with other rates in two rows. */
const slower: BenchDocument = {
  ...measured,
  rows: (measured.rows as MeasuredRow[]).map((row) =>
    row.id === 20 ? { ...row, MBps: 1000 } : row.id === 22 ? { ...row, MBps: 1100 } : row
  ),
};

const disks = [4, 4 / 3, 8].map((disk): BenchDocument => ({
  ...measured,
  environment: {
    ...measured.environment,
    device: { bytesPerSecond: Math.round(disk * 2 ** 30), latencyUs: 100 },
  },
}));

Deno.test("sweepChart() has a point for each row and disk", () => {
  const points = pointsOf(disks);
  assertEquals(points.length, 23 * 3);
  const svg = sweepChart(points)["image/svg+xml"];
  assertEquals(svg?.match(/<circle/g)?.length, points.length);
  const leads = svg?.match(/<g [^>]*aria-label="link".*?<\/g>/)?.[0];
  assertEquals(leads?.match(/<path/g)?.length, 23, "from each last point to its label");
});

Deno.test("clockTable() compares the letter's gains with those here", () => {
  const lines = clockTable({ oneGHz: measured, threeGHz: slower })["text/plain"]?.split("\n") ?? [];
  assertEquals(lines.at(-1), "| 20 | +47 % | +47 % | +3 % | +10 % |");
});

Deno.test("threeGHzTable() takes thrice the rates of the slower disk", () => {
  const lines = threeGHzTable({ threeGHz: slower })["text/plain"]?.split("\n") ?? [];
  assertEquals(lines.at(-1), "| 22 dmabuf direct c_f_r | 4002 | 3300 | 0.82 |");
  assertEquals(lines.length, 2 + 8, "the author's rows");
});
