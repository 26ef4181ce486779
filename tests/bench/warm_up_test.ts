import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Row, runBench } from "../../bench/mod.ts";
import { warmUp } from "../../bench/warm_up.ts";
import { assertNoneLeft, mappingsOf, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

const memfd: Row = { id: "counted", buffer: "memfd", io: "buffer", method: "R/W" };

Deno.test("warmUp() closes what it makes", async () => {
  const [descriptors, mappings] = [openDescriptors(), mappingsOf("dmacopy")];
  await warmUp(memfd);
  assertNoneLeft(descriptors);
  assertEquals(mappingsOf("dmacopy"), mappings);
});

Deno.test("warmUp() ends when it is aborted", async () => {
  const reason = new Error("enough");
  await assertRejects(() => warmUp(memfd, AbortSignal.abort(reason)), Error, "enough");
});

Deno.test("runBench() makes buffers of each row until V8 has compiled that, before the first round", async () => {
  using file = randomFile(65536);
  let made = 0;
  const counted: Row = {
    ...memfd,
    get pages() {
      made++;
      return "4k" as const;
    },
  };
  const before: number[] = [];
  await runBench(
    { file: file.path, rows: [counted], sizeBytes: 65536, chunkBytes: 65536, runs: 2 },
    { onProgress: () => void before.push(made) },
  );
  const [start, first, second] = before;
  assert(first! - start! > 500, `${first} before the first round`);
  assert(second! - first! < 50, `${second! - first!} in the first round`);
});
