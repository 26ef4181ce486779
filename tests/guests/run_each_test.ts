import { assert, assertEquals, assertRejects } from "@std/assert";
import { runEach } from "../../guests/run_each.ts";
import { LabError } from "../../kernel/lab/mod.ts";

const { signal } = new AbortController();

/** Guests that end with a status or an error each, and the places of those that ran. */
function guests(...ends: (number | Error)[]) {
  const ran: number[] = [];
  const run = ends.map((end, place) => () => {
    ran.push(place);
    return typeof end === "number" ? Promise.resolve(end) : Promise.reject(end);
  });
  return { run, ran };
}

Deno.test("guests that succeed: status 0", async () => {
  const { run, ran } = guests(0, 0);
  assertEquals(await runEach(run, signal), 0);
  assertEquals(ran, [0, 1]);
});

Deno.test("tests that fail in one guest: the next runs, and the status stays", async () => {
  const { run, ran } = guests(1, 0);
  assertEquals(await runEach(run, signal), 1);
  assertEquals(ran, [0, 1]);
  assertEquals(await runEach(guests(0, 1).run, signal), 1);
});

Deno.test("a guest that complains: the next runs, then the complaint is thrown", async () => {
  const complaint = new LabError("a warning", { lines: ["one"] });
  for (const [place, ends] of [[complaint, 0], [0, complaint]].entries()) {
    const { run, ran } = guests(...ends);
    const error = await assertRejects(() => runEach(run, signal), LabError);
    assertEquals([error.message, error.lines], [`guest ${place + 1} of 2: a warning`, ["one"]]);
    assertEquals(ran, [0, 1]);
  }
  assert(await assertRejects(() => runEach(guests(complaint).run, signal)) === complaint);
});

Deno.test("two guests that complain: both are told", async () => {
  const { run } = guests(
    new LabError("a warning", { lines: ["one"] }),
    new LabError("a panic", { lines: ["two"] }),
  );
  const error = await assertRejects(() => runEach(run, signal), LabError);
  assertEquals(error.message, "guest 1 of 2: a warning; guest 2 of 2: a panic");
  assertEquals(error.lines, ["guest 1 of 2: a warning:", "one", "guest 2 of 2: a panic:", "two"]);
});

Deno.test("guests that fail in the same way: it is said once", async () => {
  const fault = new LabError("the kernel can't be built", { lines: ["make: no rule"] });
  const error = await assertRejects(() => runEach(guests(fault, fault).run, signal), LabError);
  assertEquals(error.message, "the kernel can't be built");
});

Deno.test("other errors and an interrupt end the run at once", async () => {
  const wrong = guests(new TypeError("wrong"), 0);
  await assertRejects(() => runEach(wrong.run, signal), TypeError);
  assertEquals(wrong.ran, [0]);
  const ended = guests(new LabError("ended"), 0);
  await assertRejects(() => runEach(ended.run, AbortSignal.abort()), LabError);
  assertEquals(ended.ran, [0]);
});
