import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { runAsync, runSync, type Steps } from "../../copy/_steps.ts";
import { whole } from "../../copy/methods/_define.ts";
import type { LongCall } from "../../ffi/mod.ts";

/** A call that returns `result`, or throws it. */
function call(result: bigint | Error): LongCall {
  const make = () => {
    if (result instanceof Error) throw result;
    return result;
  };
  return { sync: make, async: () => Promise.try(make), failure: () => null };
}

/** Moves `counts`, one a call, and notes what each was asked for. */
function shortMoves(counts: bigint[]) {
  const asked: [done: bigint, left: bigint][] = [];
  const steps = whole(100n, (done, left) => {
    asked.push([done, left]);
    return call(counts.shift() ?? 0n);
  });
  return { asked, steps };
}

Deno.test("whole() goes on after short counts", async () => {
  const expected = [[0n, 100n], [30n, 70n], [99n, 1n]];
  const blocking = shortMoves([30n, 69n, 1n]);
  assertEquals(runSync(blocking.steps), 100n);
  assertEquals(blocking.asked, expected as typeof blocking.asked);
  const nonblocking = shortMoves([30n, 69n, 1n]);
  assertEquals(await runAsync(nonblocking.steps), 100n);
  assertEquals(nonblocking.asked, expected as typeof nonblocking.asked);
});

Deno.test("whole() ends where nothing moves any more", () => {
  const { asked, steps } = shortMoves([30n, 0n, 70n]);
  assertEquals(runSync(steps), 30n);
  assertEquals(asked.length, 2);
});

Deno.test("runSync() and runAsync() throw a call's error into the steps", async () => {
  function* cleaning(log: string[]): Steps<bigint> {
    try {
      return yield call(new Error("refused"));
    } finally {
      log.push("cleaned");
    }
  }
  const log: string[] = [];
  assertThrows(() => runSync(cleaning(log)), Error, "refused");
  await assertRejects(() => runAsync(cleaning(log)), Error, "refused");
  assertEquals(log, ["cleaned", "cleaned"]);
});

Deno.test("runSync() goes on where the steps catch a call's error", async () => {
  function* retrying(): Steps<bigint> {
    try {
      return yield call(new Error("refused"));
    } catch {
      return yield call(7n);
    }
  }
  assertEquals(runSync(retrying()), 7n);
  assertEquals(await runAsync(retrying()), 7n);
});
