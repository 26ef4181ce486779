import { assertEquals, assertRejects } from "@std/assert";
import { Slots } from "../../copy/_slots.ts";

Deno.test("Slots.run() has so many actions under way at once, in order", async () => {
  const slots = new Slots(2);
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
  const begun: number[] = [];
  const runs = gates.map(({ promise }, i) =>
    slots.run(() => {
      begun.push(i);
      return promise;
    })
  );
  await Promise.resolve();
  assertEquals(begun, [0, 1]);
  gates[1]!.resolve(11);
  assertEquals(await runs[1], 11);
  assertEquals(begun, [0, 1, 2]);
  for (const [i, { resolve }] of gates.entries()) resolve(i);
  assertEquals(await Promise.all(runs), [0, 11, 2, 3]);
});

Deno.test("Slots.run() frees the slot of an action that fails", async () => {
  const slots = new Slots(1);
  const failed = slots.run(() => Promise.reject(new TypeError("no")));
  const next = slots.run(() => Promise.resolve("yes"));
  await assertRejects(() => failed, TypeError);
  assertEquals(await next, "yes");
});
