import { assertEquals } from "@std/assert";
import { diskRate } from "../../cli/disk_rate.ts";
import { bar, describeProgress } from "../../cli/progress.ts";
import { type CopyReport, summarize } from "../../cli/report_load.ts";

const REPORT: CopyReport = {
  bytes: 4n << 30n,
  elapsedMs: 1024,
  buffer: "udmabuf+THP",
  method: "read",
  direct: true,
  verified: true,
  diskRate: null,
};

Deno.test("summarize() says how much, how fast, by which way, and whether it was verified", () => {
  assertEquals(
    summarize(REPORT),
    "4.00 GiB in 1.02 s (3.91 GiB/s), udmabuf+THP, direct read, 0 CPU copies, verified",
  );
  assertEquals(
    summarize({ ...REPORT, direct: false, verified: false, diskRate: 4 * 2 ** 30 }),
    "4.00 GiB in 1.02 s (3.91 GiB/s, 98 % of this disk), udmabuf+THP, buffered read, 1 CPU copy, " +
      "not verified",
  );
});

Deno.test("diskRate() knows the modelled disk only", () => {
  assertEquals(diskRate("quiet dmacopy.clock=model dmacopy.device=4294967296,100 x"), 4294967296);
  for (const line of ["", "dmacopy.device=0,0", "xdmacopy.device=5,5"]) {
    assertEquals(diskRate(line), null);
  }
});

Deno.test("describeProgress() says how far, how fast and how long yet", () => {
  const progress = { bytes: 1n << 30n, totalBytes: 4n << 30n, path: "m.gguf", elapsedMs: 500 };
  assertEquals(
    describeProgress(progress),
    "25 %, 2.00 GiB/s, 2 s left, 1.00 GiB of 4.00 GiB, m.gguf",
  );
  assertEquals(
    describeProgress({ ...progress, bytes: 0n }),
    "0 %, 0 B/s, 0 B of 4.00 GiB, m.gguf",
  );
});

Deno.test("bar() and describeProgress() show rate and time left in 40 columns", () => {
  const progress = { bytes: 3n << 30n, totalBytes: 4n << 30n, path: "m.gguf", elapsedMs: 90_000 };
  const line = `${bar(0.75)} ${describeProgress(progress)}`.slice(0, 39);
  assertEquals(line.startsWith("[######..] 75 %, 34.1 MiB/s, 30 s left"), true, line);
});

Deno.test("bar() is as full as the copy is done", () => {
  assertEquals(bar(0), `[${".".repeat(8)}]`);
  assertEquals(bar(0.5), `[${"#".repeat(4)}${".".repeat(4)}]`);
  assertEquals(bar(1.2), `[${"#".repeat(8)}]`);
});
