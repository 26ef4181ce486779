import { assertEquals, assertThrows } from "@std/assert";
import { ValidationError } from "@cliffy/command";
import { latencyType, listOf, rateType } from "../../cli/bench_types.ts";
import { sizeType } from "../../cli/types.ts";

const argument = (value: string) => ({ label: "Option", name: "--x", type: "x", value });

Deno.test("rateType() reads bytes a second", () => {
  assertEquals(rateType(argument("4GiB")), 4 * 2 ** 30);
  assertEquals(rateType(argument("2GB/s")), 2e9);
  for (const wrong of ["4", "0", "fast", "4GiB/min", "-1GiB"]) {
    assertThrows(() => rateType(argument(wrong)), ValidationError, `--x`);
  }
});

Deno.test("latencyType() reads microseconds", () => {
  assertEquals([0, 100, 300], ["0", "100", "300µs"].map((text) => latencyType(argument(text))));
  for (const wrong of ["", "1.5", "-1", "1ms", "1000001", "999999999999"]) {
    assertThrows(() => latencyType(argument(wrong)), ValidationError, "--x");
  }
});

Deno.test("listOf() gives the last value's unit to those without", () => {
  assertEquals(listOf(rateType)(argument("1,2,4GiB")), [1, 2, 4].map((each) => each * 2 ** 30));
  assertEquals(listOf(sizeType)(argument("512KiB, 4MiB")), [2n ** 19n, 2n ** 22n]);
  assertEquals(listOf(latencyType)(argument("20,100")), [20, 100]);
  for (const wrong of ["", "1GiB,", ",1GiB", "1,2"]) {
    assertThrows(() => listOf(rateType)(argument(wrong)), ValidationError, "--x");
  }
});
