import { assert, assertEquals, assertMatch } from "@std/assert";
import { expectOf, machineMap } from "../../bench/machine_map.ts";
import { clockRate, describeExpectation, expectationOf } from "../../cli/expectation.ts";
import { readSweep } from "../../notebooks/lib/data.ts";
import { mapPoints } from "../../notebooks/lib/fleet_map.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";
import { measureDisk } from "../../cli/measure_disk.ts";
import { dmacopy } from "./_run.ts";

Deno.test("machineMap is that of notebook 06", async () => {
  const [stock, series] = [await readSweep("fleet-stock"), await readSweep("fleet-patched")];
  const of = (wanted: "any" | "heap") =>
    mapPoints(stock.result, series.result, wanted).map(({ disk, stock, series }) => ({
      disk,
      rates: { stock: Math.round(stock.MBps), series: Math.round(series.MBps) },
    }));
  const heap = of("heap");
  assertEquals(
    machineMap,
    of("any").map(({ disk, rates }, index) => ({ disk, any: rates, heap: heap[index]!.rates })),
  );
});

Deno.test("expectOf() takes the nearest point for each GHz, as a share of the disk", () => {
  for (const { disk, any, heap } of machineMap) {
    assertEquals(expectOf(disk * 2 ** 30, 1), { point: disk, any, heap });
    const twice = expectOf(disk * 2 ** 31, 2);
    assertEquals([twice.point, twice.any.stock], [disk, any.stock * 2]);
  }
  assertEquals(expectOf(1.3 * 2 ** 30, 1).point, 1);
  assertEquals(expectOf(2 ** 20, 1).point, machineMap[0]!.disk);
});

Deno.test("clockRate() is the lab's, else the highest that the kernel tells, else the present one", () => {
  const files = (texts: Record<string, string>) => (path: string) => texts[path] ?? null;
  const [cmdline, cpuinfo] = ["/proc/cmdline", "/proc/cpuinfo"];
  const maximum = "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq";
  const now = "model name: x\ncpu MHz\t\t: 2400.5\n";
  assertEquals(clockRate(files({ [cmdline]: "ro dmacopy.clock=model", [cpuinfo]: now })), 1);
  assertEquals(clockRate(files({ [maximum]: "3600000", [cpuinfo]: now })), 3.6);
  assertEquals(clockRate(files({ [cpuinfo]: now })), 2.4005);
  assertEquals(clockRate(files({})), null);
});

Deno.test("dmacopy doctor --disk says what to expect, and of which point", async () => {
  assertMatch(
    describeExpectation(expectationOf({ bytesPerSecond: 2 ** 31 }, 2)),
    /as at 1 GiB\/s per GHz/,
  );
  const { code, stdout } = await dmacopy(["doctor", "--disk", "2GiB", "--clock", "2"]);
  assertMatch(
    stdout,
    /^to expect: +into any dma-buf [\d.]+ GiB\/s on a stock kernel, [\d.]+ GiB\/s with/m,
  );
  assertMatch(stdout, /with a disk of 2\.00 GiB\/s and a CPU of 2\.0 GHz\n +\(as at 1 GiB\/s/);
  const lines = stdout.split("\n").filter((line) => /^(to expect:| {13})/.test(line));
  assertEquals(lines.filter(({ length }) => length > 110), []);
  assertEquals(code, 0);
  const alone = await dmacopy(["doctor", "--clock", "2"]);
  assertMatch(
    alone.stderr,
    /^dmacopy: --clock needs a disk: add --disk with a bandwidth, such as 2GiB, or the path/,
  );
  const wrong = await dmacopy(["doctor", "--disk", "2GiB", "--clock", "fast"]);
  assertMatch(wrong.stderr, /^dmacopy: --clock "fast" is not a clock: write GHz, such as 2.4/);
  assertEquals(wrong.code, 2);
});

Deno.test("dmacopy doctor --json has the rates to expect, or null if they are unknown", async () => {
  const { code, stdout } = await dmacopy(["doctor", "--json", "--disk", "2GiB", "--clock", "2"]);
  assertEquals(JSON.parse(stdout).expectation, {
    disk: { bytesPerSecond: 2 ** 31 },
    gigahertz: 2,
    ...expectOf(2 ** 31, 2),
  });
  assertEquals(code, 0);
  const unknown = await dmacopy(["doctor", "--json"]);
  assertEquals(JSON.parse(unknown.stdout).expectation, null);
  const wrong = await dmacopy(["doctor", "--json", "--clock", "2"]);
  assertMatch(JSON.parse(wrong.stdout).error.message, /^--clock needs a disk: /);
  assertEquals(wrong.code, 2);
});

Deno.test("measureDisk() reads a file on a disk, and knows when that says nothing", async () => {
  using small = randomFile(1 << 20);
  assertEquals(await measureDisk(small.path), null);
  assertEquals(await measureDisk("/proc/self"), null);
  const inMemory = await Deno.makeTempFile({ dir: "/dev/shm", prefix: "dmacopy-test-" });
  try {
    await Deno.truncate(inMemory, 64 << 20);
    assertEquals(await measureDisk(inMemory), null);
  } finally {
    await Deno.remove(inMemory);
  }
  using large = randomFile(64 << 20);
  const before = openDescriptors();
  const rate = await measureDisk(large.path);
  assertNoneLeft(before);
  // A temporary folder may be on a filesystem without direct I/O.
  if (rate === null) return;
  assert(rate > 1e5 && rate < 1e12, String(rate));
  const { code, stdout } = await dmacopy(["doctor", large.path, "--clock", "2"]);
  assertMatch(
    stdout,
    /with a disk of [\d.]+ GiB\/s, as reading \S+ shows, and a CPU of 2\.0 GHz$/m,
  );
  assertEquals(code, 0);
});
