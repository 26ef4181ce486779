import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ValidationError } from "@cliffy/command";
import { benchOptions } from "../../cli/bench_host.ts";
import { checkRows, choosePlace } from "../../cli/bench_place.ts";
import { selectRows } from "../../bench/mod.ts";
import { probe } from "../../copy/mod.ts";

Deno.test("choosePlace() follows what was asked for", () => {
  assertEquals(choosePlace({ host: true }), { lab: false, reason: "as --host asks" });
  assertEquals(choosePlace({ kernel: "stock" }), { lab: true, reason: "as --kernel asks" });
  assertEquals(choosePlace({ clock: "wall" }), { lab: true, reason: "as --clock asks" });
});

// Here, as this loads the shim, which stays: within a test it would be taken for a leak.
const { kernel, series, heaps } = probe();

Deno.test("choosePlace() takes the running kernel only where it can do the whole table", () => {
  const { lab, reason } = choosePlace({});
  assertEquals(lab, !(series && heaps.includes("system")));
  assertMatch(reason, new RegExp(`^this kernel \\(${kernel}\\) (lacks|carries) `));
});

Deno.test("checkRows() refuses what is no row", () => {
  checkRows(undefined);
  checkRows("1,12,20-22,limit");
  for (const rows of ["0", "99", "3-1", "", "x", "1;2"]) {
    assertThrows(() => checkRows(rows), ValidationError, "--rows: ");
  }
});

Deno.test("benchOptions() passes on only what was asked for", () => {
  const usual = Object.entries(benchOptions({ quiet: true }, "f"));
  const given = usual.filter(([, value]) => value !== undefined);
  assertEquals(Object.fromEntries(given), { file: "f", rows: selectRows() });
  const { rows, ...rest } = benchOptions(
    { rows: "4", size: 8192n, chunk: 4096n, runs: 2, seed: 0, direction: "write", quiet: false },
    "f",
  );
  assertEquals(rows?.map(({ id }) => id), [4]);
  assertEquals(rest, {
    file: "f",
    sizeBytes: 8192,
    chunkBytes: 4096,
    runs: 2,
    seed: 0,
    quick: undefined,
    direction: "write",
  });
});
