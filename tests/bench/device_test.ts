import { assertEquals } from "@std/assert";
import { deviceBytesSince, isLate } from "../../bench/device.ts";

Deno.test("isLate() is true above 1 % of late bytes, false without a modelled disk", () => {
  assertEquals(isLate({ total: 1000, late: 10 }), false);
  assertEquals(isLate({ total: 1000, late: 11 }), true);
  assertEquals(isLate({ total: 0, late: 0 }), false);
  assertEquals(isLate(null), false);
});

Deno.test("deviceBytesSince() is null without a modelled disk before", () => {
  assertEquals(deviceBytesSince(null), null);
});
