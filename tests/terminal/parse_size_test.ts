import { assertEquals, assertThrows } from "@std/assert";
import { ValidationError } from "@cliffy/command";
import { parseSize } from "../../terminal/parse_size.ts";

Deno.test("parseSize() reads bytes, binary and decimal units", () => {
  const sizes: [string, bigint][] = [
    ["1", 1n],
    ["4096", 4096n],
    ["4k", 4096n],
    ["4K", 4096n],
    ["64KiB", 65536n],
    ["256MiB", 268435456n],
    ["1GiB", 1073741824n],
    ["1 GiB", 1073741824n],
    ["2TiB", 2199023255552n],
    ["4kB", 4000n],
    ["3GB", 3000000000n],
    ["512b", 512n],
    ["9223372036854775807", 9223372036854775807n],
  ];
  for (const [text, bytes] of sizes) assertEquals(parseSize(text), bytes, text);
});

Deno.test("parseSize() refuses what is no size and says what is", () => {
  for (
    const text of [
      "",
      "x",
      "-1",
      "-4k",
      "1.5GiB",
      "1e9",
      "0x10",
      "4 k k",
      "4kk",
      "MiB",
      "1constructor",
      "∞",
    ]
  ) {
    assertThrows(() => parseSize(text, "--size"), ValidationError, "--size");
    assertThrows(() => parseSize(text), ValidationError, "256MiB");
  }
});

Deno.test("parseSize() refuses zero and more than a file can have", () => {
  assertThrows(() => parseSize("0"), ValidationError, "more than 0");
  assertThrows(() => parseSize("0MiB"), ValidationError, "more than 0");
  assertThrows(() => parseSize("9223372036854775808"), ValidationError, "8 EiB");
  assertThrows(() => parseSize("99999999999999999999TiB"), ValidationError, "8 EiB");
});
