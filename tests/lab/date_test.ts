import { assert } from "@std/assert";

Deno.test("the guest knows what day it is: results carry it", () => {
  // The host's time at boot, which is in the folder that both see.
  const hostMs = Number(Deno.readTextFileSync("/job/now")) * 1000;
  assert(Math.abs(Date.now() - hostMs) < 3_600_000, new Date().toISOString());
});
