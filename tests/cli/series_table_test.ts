import { assertEquals, assertStringIncludes } from "@std/assert";
import { seriesTable } from "../../cli/series_table.ts";

Deno.test("seriesTable() shows each check and what it complains about, and counts", () => {
  const { text, failed } = seriesTable([
    { name: "0001-a.patch", found: { checkpatch: [], arm64: ["fs/a.c: warning: odd"] } },
    { name: "all, without CONFIG_X", found: { "x86-64": [] } },
  ]);
  assertEquals(failed, 1);
  assertStringIncludes(text, "0001-a.patch: arm64: fs/a.c: warning: odd");
  assertStringIncludes(text, "1 new");
  assertEquals(text.split("\n").at(-1), "2 passed, 1 failed");
});
