import { assertEquals, assertThrows } from "@std/assert";
import type { BenchDocument } from "../../bench/mod.ts";
import {
  fleetMap,
  fleetTable,
  kindTable,
  mapPoints,
  mapPointsOfOne,
  squares,
} from "../../notebooks/lib/fleet_map.ts";
import { documentOf, row } from "../bench/_fixtures.ts";

const GIB = 2 ** 30;

function at(gibibytes: number, times: [number, number][]): BenchDocument {
  const document = documentOf(new Map(times.map(([id, ms]) => [row(id), [ms]])));
  const device = { bytesPerSecond: gibibytes * GIB, latencyUs: 100 };
  return { ...document, environment: { ...document.environment, device } };
}

// The fixture's rows take 2 ms to create.
const stock = [at(1, [[1, 1998], [12, 998], [5, 1]]), at(4, [[1, 1998], [12, 498]])];
const series = [at(1, [[22, 998]]), at(4, [[22, 248]])];

Deno.test("mapPoints() takes the fastest ways into a dma-buf, creation included", () => {
  const points = mapPoints(stock, series, "any");
  assertEquals(
    points.map(({ disk, stock, series, margin }) => [disk, stock.way, series.way, margin]),
    [
      [1, "udmabuf 4k", "heap c_f_r", 1],
      [4, "udmabuf 4k", "heap c_f_r", 2],
    ],
  );
  const heap = mapPoints(stock, series, "heap");
  assertEquals(heap.map(({ stock, margin }) => [stock.way, margin]), [
    ["heap, buffered", 2],
    ["heap, buffered", 8],
  ]);
  assertEquals(mapPoints(stock, [series[0]!], "any").length, 1);
  assertThrows(() => mapPoints(stock, [at(1, [[5, 1]])], "any"), RangeError);
});

Deno.test("fleetMap() has a square for each disk and clock, with its way and margin", () => {
  const points = mapPoints(stock, series, "any");
  assertEquals(squares(points).map(({ clock, bandwidth }) => bandwidth / clock).toSorted(), [
    ...[1, 1, 1, 1, 4, 4, 4, 4],
  ]);
  const svg = fleetMap(points, "map")["image/svg+xml"]!;
  assertEquals(svg.match(/\+100 %/g)?.length, 4);
  assertEquals(svg.match(/\+0 %/g)?.length, 4);
  assertEquals(fleetTable(points)["text/plain"]!.split("\n").length, 4);
});

Deno.test("mapPointsOfOne() tells the series' ways from the others of one kernel", () => {
  const both = [at(4, [[1, 1998], [12, 498], [20, 298], [22, 248]])];
  assertEquals(mapPointsOfOne(both, "any"), mapPoints(stock, series, "any").slice(1));
  assertEquals(mapPointsOfOne(both, "heap")[0]!.margin, 8);
  // As good without the series: no gain, and its own fastest.
  const [point] = mapPointsOfOne([at(1, [[12, 998], [22, 1998]])], "any");
  assertEquals([point?.stock.way, point?.series.way, point?.margin], [
    ...["udmabuf 4k", "heap c_f_r", 0.5],
  ]);
});

Deno.test("kindTable() has kinds of machines beside each other, at common disks", () => {
  const all = { name: "6.12, x86-64", points: mapPoints(stock, series, "any") };
  const few = { name: "7.3, x86-64", points: all.points.slice(1) };
  assertEquals(
    kindTable([all, few])["text/plain"]!.split("\n").slice(2).map((line) => line.slice(0, 27)),
    [
      "| 4 GiB/s | 6.12, x86-64 | ",
      "| 4 GiB/s | 7.3, x86-64 | u",
    ],
  );
});
