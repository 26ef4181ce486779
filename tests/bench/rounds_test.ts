import { assert, assertEquals, assertRejects } from "@std/assert";
import { limitRow, type RoundProgress, selectRows } from "../../bench/mod.ts";
import { UnsupportedError } from "../../bench/explain.ts";
import { runRounds } from "../../bench/rounds.ts";
import { SystemError } from "../../ffi/mod.ts";
import { row, sample } from "./_fixtures.ts";

const ENOENT = 2;
const rows = selectRows("1,3,4,5,22,23");

Deno.test("runRounds() takes a sample of every row in every round, none of the warm-up", async () => {
  const { samples, unsupported, interrupted } = await runRounds(
    rows,
    (row, round) => Promise.resolve(sample(Number(row.id), { round })),
    { runs: 3, seed: 1 },
  );
  assertEquals(interrupted, false);
  assertEquals(unsupported.size, 0);
  for (const row of rows) assertEquals(samples.get(row)!.map((each) => each.round), [1, 2, 3]);
});

Deno.test("runRounds() opens with row 1, closes with row 23, shuffles the rest by seed", async () => {
  const orderOf = async (seed: number) => {
    const order: (number | string)[][] = [];
    await runRounds(selectRows("1-23"), (row, round) => {
      (order[round] ??= []).push(row.id);
      return Promise.resolve(sample(1));
    }, { runs: 2, seed });
    return order;
  };
  const [first, again, other] = [await orderOf(1), await orderOf(1), await orderOf(2)];
  assertEquals(first, again);
  assert(JSON.stringify(first) !== JSON.stringify(other));
  assert(JSON.stringify(first[1]) !== JSON.stringify(first[2]));
  for (const round of first) {
    assertEquals([round[0], round.at(-1), new Set(round).size], [1, 23, 23]);
  }
});

Deno.test("runRounds() reports a row that the kernel can't do and goes on", async () => {
  const tried: (number | string)[] = [];
  const { samples, unsupported } = await runRounds(rows, (row) => {
    tried.push(row.id);
    if (row.buffer === "dmabuf") {
      throw new SystemError(ENOENT, { call: "open", subject: "/dev/dma_heap/system" });
    }
    return Promise.resolve(sample(1));
  }, { runs: 2, seed: 1 });
  assertEquals([...unsupported.keys()].map((row) => row.id).sort(), [1, 22, 23]);
  assertEquals(unsupported.get(row(1)), {
    errno: "ENOENT",
    reason: "this kernel has no such dma-buf heap: boot a kernel with CONFIG_DMABUF_HEAPS_SYSTEM",
  });
  assertEquals(tried.filter((id) => id === 22).length, 1);
  assertEquals([...samples.keys()].length, 3);
});

Deno.test("runRounds() takes a row's samples back when it fails later", async () => {
  const { samples, unsupported } = await runRounds([limitRow], (_, round) => {
    if (round === 2) throw new UnsupportedError("no memory", { errno: "ENOMEM" });
    return Promise.resolve(sample(1));
  }, { runs: 3, seed: 1 });
  assertEquals(samples.size, 0);
  assertEquals(unsupported.get(limitRow), { errno: "ENOMEM", reason: "no memory" });
});

Deno.test("runRounds() lets errors through that are not about the row", async () => {
  await assertRejects(
    () => runRounds(rows, () => Promise.reject(new Error("a bug")), { runs: 1, seed: 1 }),
    Error,
    "a bug",
  );
});

Deno.test("runRounds() repeats a late run twice at most and keeps all of its samples", async () => {
  const { samples } = await runRounds(
    [row(3)],
    () => Promise.resolve(sample(1, { late: true })),
    { runs: 1, seed: 1 },
  );
  assertEquals(samples.get(row(3))!.length, 3);
  let runs = 0;
  const settled = await runRounds(
    [row(3)],
    (_, round) => Promise.resolve(sample(1, { late: round === 1 && runs++ === 0 })),
    { runs: 2, seed: 1 },
  );
  assertEquals(settled.samples.get(row(3))!.map((each) => each.late), [true, false, false]);
});

Deno.test("runRounds() keeps what was finished when the signal comes", async () => {
  const controller = new AbortController();
  let runs = 0;
  const { samples, interrupted } = await runRounds(rows, (_, round) => {
    if (round === 1 && ++runs === 3) {
      controller.abort();
      controller.signal.throwIfAborted();
    }
    return Promise.resolve(sample(1, { round }));
  }, { runs: 5, seed: 1, signal: controller.signal });
  assertEquals(interrupted, true);
  assertEquals(samples.size, 2);
});

Deno.test("runRounds() reports progress that ends at the total, with an ETA", async () => {
  const seen: RoundProgress[] = [];
  const start = performance.now();
  await runRounds(rows, async (row) => {
    if (row.id === 4) throw new UnsupportedError("not here", { errno: "ENOSYS" });
    await new Promise((resolve) => setTimeout(resolve, 1));
    return sample(1);
  }, { runs: 2, seed: 1, onProgress: (progress) => seen.push(progress) });
  const last = seen.at(-1)!;
  assertEquals([last.done, last.total], [9, 10]);
  assertEquals(seen.filter((each) => each.round === 0).every((each) => each.etaMs === null), true);
  assert(last.etaMs! > 0 && last.etaMs! <= performance.now() - start);
});
