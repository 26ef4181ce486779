import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { letterFigures, letterRows, selectRows } from "../../bench/mod.ts";

const ids = (selection?: string) => selectRows(selection).map((row) => row.id);

Deno.test("letterRows are numbered 1 to 23, and the last repeats the first", () => {
  assertEquals(letterRows.map((row) => row.id), Array.from({ length: 23 }, (_, i) => i + 1));
  assertEquals({ ...letterRows[22], id: 1 }, { ...letterRows[0], id: 1 });
});

Deno.test("letterRows are all different but for the repeated one", () => {
  const names = letterRows.map((row) => `${row.buffer} ${row.io} ${row.method}`);
  assertEquals(new Set(names).size, 22);
});

Deno.test("selectRows() takes numbers, ranges, names and groups, each row once, in order", () => {
  assertEquals(ids("22,1,12"), [1, 12, 22]);
  assertEquals(ids("20-22, limit,21"), [20, 21, 22, "limit"]);
  // Their shares are of the limit.
  assertEquals(ids("extended").slice(0, 3), ["limit", "thp", "hugetlb"]);
  assertEquals(ids("early,parallel,uring-thp"), ["uring-thp", "early", "parallel"]);
  assertEquals(ids("hugetlb,1"), [1, "hugetlb"]);
  assertEquals(ids().length, 24);
});

for (const part of ["99", "0", "3-99", "22-20", "nonsense", "1-", "-1"]) {
  Deno.test(`selectRows() refuses "${part}" by name`, () => {
    const { message } = assertThrows(() => selectRows(`1,${part}`), RangeError);
    assertStringIncludes(message, `no row "${part}"`);
    assertEquals(message.includes("\n"), false);
  });
}

Deno.test("selectRows() refuses an empty selection", () => {
  assertThrows(() => selectRows(" , "), RangeError, "no rows selected");
});

Deno.test("letterFigures() agree with themselves: rate and percent follow from the time", () => {
  for (const { id } of letterRows) {
    const { ioMs, MBps, percent } = letterFigures(id)!;
    // The letter prints truncated milliseconds, so the rate can be off by as much.
    const [low, high] = [2 ** 30 / 1e3 / (ioMs + 1), 2 ** 30 / 1e3 / ioMs + 1];
    assertEquals(MBps >= Math.floor(low) - 1 && MBps <= Math.ceil(high) + 8, true, `row ${id}`);
    assertEquals(Math.abs(percent - Math.trunc(MBps / 918 * 100)) <= 1, true, `row ${id}`);
  }
  assertEquals(letterFigures("limit"), undefined);
});
