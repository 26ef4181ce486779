import { assertEquals } from "@std/assert";
import { parseHistogram } from "../../notebooks/measure/tracefs.ts";

Deno.test("parseHistogram() reads keys, hits and values", () => {
  const text = `# event histogram
#
# trigger info: hist:keys=common_pid:vals=hitcount,bytes:sort=hitcount:size=2048 [active]
#

{ common_pid:         78 } hitcount:          3  bytes:     268450928
{ common_pid:        101 } hitcount:          1  bytes:             7

Totals:
    Hits: 4
    Entries: 2
    Dropped: 0
`;
  assertEquals(parseHistogram(text), [
    { common_pid: 78, hitcount: 3, bytes: 268450928 },
    { common_pid: 101, hitcount: 1, bytes: 7 },
  ]);
});

Deno.test("parseHistogram() of nothing counted is empty", () => {
  assertEquals(parseHistogram("# event histogram\n\nTotals:\n    Hits: 0\n"), []);
});
