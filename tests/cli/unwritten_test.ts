import { assertEquals, assertRejects } from "@std/assert";
import { nothingWritten, partWritten, sayUnwritten } from "../../cli/unwritten.ts";
import { InterruptedError } from "../../terminal/interruptible.ts";

Deno.test("An interrupted bench says what is not written, and what is in part", () => {
  const all = { files: ["a.json", undefined, "a.html"], baseline: "mine" };
  assertEquals(
    nothingWritten(all).message,
    "interrupted; not written: a.json, a.html, the baseline mine",
  );
  assertEquals(
    partWritten(all).message,
    "interrupted; only finished parts are in a.json, a.html; not written: the baseline mine",
  );
  const none = { files: [undefined] };
  assertEquals([nothingWritten(none), partWritten(none)].map(({ message }) => message), [
    ...["interrupted", "interrupted"],
  ]);
});

Deno.test("sayUnwritten() leaves other errors as they are", async () => {
  const fail = (error: Error) => () => Promise.reject(error);
  const to = { files: ["a.csv"] };
  const interrupted = () => sayUnwritten(to, fail(new InterruptedError()));
  await assertRejects(interrupted, InterruptedError, "interrupted; not written: a.csv");
  await assertRejects(() => sayUnwritten(to, fail(new TypeError("no"))), TypeError, "no");
  assertEquals(await sayUnwritten(to, () => Promise.resolve(1)), 1);
});
