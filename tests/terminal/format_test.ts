import { assertEquals } from "@std/assert";
import { formatDuration, formatLeft, formatRate, formatSize } from "../../terminal/format.ts";

Deno.test("formatSize() has three digits and a binary unit", () => {
  assertEquals(formatSize(0n), "0 B");
  assertEquals(formatSize(1023n), "1023 B");
  assertEquals(formatSize(1024n), "1.00 KiB");
  assertEquals(formatSize(4520000000n), "4.21 GiB");
  assertEquals(formatSize(1023n * 1024n), "1023 KiB");
  assertEquals(formatSize(1023n * 1024n + 600n), "1.00 MiB");
  assertEquals(formatSize(2n ** 30n - 1n), "1.00 GiB");
  assertEquals(formatSize(2n ** 63n), "8.00 EiB");
});

Deno.test("formatDuration() takes ms below a second", () => {
  assertEquals(formatDuration(45.23), "45.2 ms");
  assertEquals(formatDuration(999.7), "1.00 s");
  assertEquals(formatDuration(1090), "1.09 s");
});

Deno.test("formatRate() is a size a second", () => {
  assertEquals(formatRate(2n ** 30n, 500), "2.00 GiB/s");
});

Deno.test("formatLeft() has seconds and minutes", () => {
  assertEquals([0, 1400, 59_600, 125_000].map(formatLeft), [
    "1 s",
    "1 s",
    "1 min 00 s",
    "2 min 05 s",
  ]);
});
