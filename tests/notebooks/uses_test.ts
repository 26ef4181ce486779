import { assertEquals } from "@std/assert";
import { readBench, readCaptures, readSnapshots } from "../../notebooks/lib/data.ts";
import {
  captureTable,
  cpuPerFrame,
  loadTable,
  shareOf,
  snapshotTable,
} from "../../notebooks/lib/uses.ts";
import type { CaptureCost } from "../../notebooks/measure/uses.ts";

const cost: CaptureCost = {
  ...{ way: "dmacopy", buffer: "dmabuf", direct: true, method: "copy_file_range" },
  ...{ format: "1920x1080@30:YUYV", frames: 100, dropped: 0, bytes: 1, cpuMs: 20, notes: [] },
};

Deno.test("shareOf() compares the CPU of a frame with what a copy of the same format takes", () => {
  const copying = { ...cost, way: "mmap + write", frames: 10, cpuMs: 40 };
  const other = { ...copying, format: "640x480@30:YUYV", cpuMs: 1 };
  assertEquals([cpuPerFrame(cost), shareOf(cost, [other, cost, copying])], [0.2, 0.05]);
  assertEquals(shareOf(cost, [other]), null);
});

Deno.test("the tables of the three uses have a row for all that was measured", async () => {
  const lines = (view: Readonly<Record<string, string>>) =>
    view["text/html"]?.match(/<tr>/g)?.length;
  const captures = await readCaptures("captures");
  assertEquals(lines(captureTable(captures.result)), captures.result.length + 1);
  const snapshots = await readSnapshots("snapshots");
  assertEquals(lines(snapshotTable(snapshots.result)), snapshots.result.length + 1);
  assertEquals(lines(loadTable((await readBench("load")).result)), 4 + 1);
});
