import { assert, assertEquals, assertRejects } from "@std/assert";
import { runPipeline } from "../../copy/_pipeline.ts";

const ITEMS = Array.from({ length: 20 }, (_, i) => i);

/** Notes what happens, and how much at once. */
function recorder(
  options: { fails?: { prepare?: number; move?: number; prepared?: number } } = {},
) {
  const { fails = {} } = options;
  const log: string[] = [];
  const atOnce = { prepare: 0, move: 0 };
  const most = { prepare: 0, move: 0 };
  const stage = (name: "prepare" | "move") => async (item: number) => {
    most[name] = Math.max(most[name], ++atOnce[name]);
    // Later ones are quicker.
    await new Promise((resolve) => setTimeout(resolve, item % 3 === 0 ? 3 : 1));
    atOnce[name]--;
    log.push(`${name} ${item}`);
    if (fails[name] === item) throw new Error(`${name} ${item} failed`);
  };
  const stages = {
    prepare: stage("prepare"),
    move: stage("move"),
    prepared: async (item: number) => {
      log.push(`prepared ${item}`);
      await Promise.resolve();
      if (fails.prepared === item) throw new Error(`prepared ${item} failed`);
    },
    preparers: 2,
    movers: 3,
  };
  return { log, most, atOnce, stages };
}

Deno.test("runPipeline() prepares each item and all before it, then moves it", async () => {
  const { log, most, stages } = recorder();
  await runPipeline(ITEMS, stages);
  assertEquals(log.length, 3 * ITEMS.length);
  for (const item of ITEMS) {
    for (let before = 0; before <= item; before++) {
      assert(log.indexOf(`prepare ${before}`) < log.indexOf(`move ${item}`));
      assert(log.indexOf(`prepare ${before}`) < log.indexOf(`prepared ${item}`));
    }
  }
  assertEquals(most, { prepare: 2, move: 3 });
  assert(log.indexOf("move 0") < log.indexOf("prepare 19"), "moves while others are prepared");
});

Deno.test("runPipeline() of nothing does nothing", async () => {
  const { log, stages } = recorder();
  await runPipeline([], stages);
  assertEquals(log, []);
});

for (const fails of [{ prepare: 7 }, { move: 7 }, { prepared: 7 }]) {
  const what = Object.entries(fails).flat().join(" ");
  Deno.test(`runPipeline() ends when ${what} fails, with nothing under way`, async () => {
    const { log, atOnce, stages } = recorder({ fails });
    await assertRejects(() => runPipeline(ITEMS, stages), Error, `${what} failed`);
    assertEquals(atOnce, { prepare: 0, move: 0 });
    const moved = log.filter((line) => line.startsWith("move")).length;
    assert(moved < 14, `${moved} moved`);
  });
}

Deno.test("runPipeline() takes an item when it can prepare it, while others are moved", async () => {
  const { log, stages } = recorder();
  function* items() {
    for (const item of ITEMS) {
      log.push(`take ${item}`);
      yield item;
    }
  }
  await runPipeline(items(), stages);
  assert(log.indexOf("move 0") < log.indexOf("take 19"), log.join(", "));
  assertEquals(log.filter((line) => line.startsWith("move")).length, ITEMS.length);
});

Deno.test("runPipeline() ends when an item can't be taken, with nothing under way", async () => {
  const { atOnce, stages } = recorder();
  function* items() {
    yield* ITEMS.slice(0, 7);
    throw new Error("the 8th is missing");
  }
  await assertRejects(() => runPipeline(items(), stages), Error, "the 8th is missing");
  assertEquals(atOnce, { prepare: 0, move: 0 });
});

Deno.test("runPipeline() begins nothing after it is aborted", async () => {
  const { log, atOnce, stages } = recorder();
  const controller = new AbortController();
  const { signal } = controller;
  const move = async (item: number) => {
    await stages.move(item);
    if (item === 5) controller.abort(new Error("enough"));
  };
  await assertRejects(() => runPipeline(ITEMS, { ...stages, move, signal }), Error, "enough");
  assertEquals(atOnce, { prepare: 0, move: 0 });
  assert(log.filter((line) => line.startsWith("move")).length <= 8);
  assert(!log.includes("prepared 19"));
});
