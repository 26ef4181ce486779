import { assertEquals } from "@std/assert";
import { sweepPoints } from "../../cli/bench_sweep.ts";

Deno.test("sweepPoints() are all combinations", () => {
  assertEquals(sweepPoints({}), [{}]);
  assertEquals(sweepPoints({ deviceBandwidth: [1, 2], chunk: [4n, 8n] }), [
    { deviceBandwidth: 1, chunk: 4n },
    { deviceBandwidth: 1, chunk: 8n },
    { deviceBandwidth: 2, chunk: 4n },
    { deviceBandwidth: 2, chunk: 8n },
  ]);
});
