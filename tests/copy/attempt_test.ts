import { assertEquals, assertRejects } from "@std/assert";
import { attempt } from "../../copy/_attempt.ts";
import { SystemError } from "../../ffi/mod.ts";

const [EIO, EINVAL] = [5, 22];

function planOf(...ways: string[]) {
  return (failed: readonly { way: string }[]) => {
    const next = ways.find((way) => !failed.some((failure) => failure.way === way));
    if (next === undefined) throw new Error("none left");
    return next;
  };
}

function failing(...ways: string[]) {
  return (way: string) => {
    if (!ways.includes(way)) return Promise.resolve();
    return Promise.reject(new SystemError(EINVAL, { call: "call", subject: way }));
  };
}

Deno.test("attempt() follows one plan after the other until one works", async () => {
  const { plan, failed } = await attempt(planOf("a", "b", "c"), failing("a", "b"));
  assertEquals(plan, "c");
  assertEquals(failed.map(({ way, what }) => [way, what]), [["a", "call"], ["b", "call"]]);
});

Deno.test("attempt() throws what the last plan failed with", async () => {
  await assertRejects(() => attempt(planOf("a", "b"), failing("a", "b")), SystemError, "call b");
});

Deno.test("attempt() throws at once what no other plan would change", async () => {
  const tried: string[] = [];
  const follow = (way: string) => {
    tried.push(way);
    throw new SystemError(EIO, { call: "pread", subject: way });
  };
  await assertRejects(() => attempt(planOf("a", "b"), follow), SystemError, "EIO");
  assertEquals(tried, ["a"]);
});
