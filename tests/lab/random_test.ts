import { assert, assertEquals } from "@std/assert";
import { DEBUG, PATCHED } from "./_guest.ts";
import { assertNothingLeaked, held } from "./_held.ts";
import { HAS_DEVICE } from "./_vgem.ts";

/** Enough to start and kill some processes; minutes where mistakes show at once. */
const SECONDS = DEBUG ? 300 : 15;

Deno.test({
  name: "dma-bufs outlive processes that copy, seal, cut, map, attach and close them at random",
  ignore: !PATCHED,
  async fn() {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    console.log(`random_ops ${seed} ${SECONDS} /data`);
    const before = held();
    const { code, stdout } = await new Deno.Command("/job/random_ops", {
      args: [String(seed), String(SECONDS), "/data"],
    }).output();
    const report = new TextDecoder().decode(stdout);
    console.log(report);
    assertEquals(code, 0, report);
    const counts = [...report.matchAll(/^(.+): (\d+)$/gm)]
      .map(([, name, count]) => [name!, Number(count)] as const);
    const never = counts.filter(([, count]) => count === 0).map(([name]) => name);
    assert(counts.length > 1, report);
    assertEquals(never, HAS_DEVICE ? [] : ["attach"]);
    assertNothingLeaked(before);
  },
});
