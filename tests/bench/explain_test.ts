import { assertEquals, assertMatch } from "@std/assert";
import { explain } from "../../bench/explain.ts";
import { SystemError } from "../../ffi/mod.ts";

const [EIO, EINVAL, ESPIPE] = [5, 22, 29];

Deno.test("explain() says of each call why a dma-buf can't be read or written as a file", () => {
  for (const [call, number] of [["pwrite", ESPIPE], ["sendfile", EINVAL], ["splice", EINVAL]]) {
    const error = new SystemError(number as number, { call: `${call}`, subject: "a → dma-buf" });
    assertMatch(explain(error)?.reason ?? "", /try --kernel rw-iter/);
  }
});

Deno.test("explain() leaves other errors of calls as they are, and knows nothing of others", () => {
  const error = new SystemError(EIO, { call: "pread", subject: "model.bin" });
  assertEquals(explain(error), { errno: "EIO", reason: error.message });
  assertEquals(explain(new Error("no call")), null);
});
