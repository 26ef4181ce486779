import { basename, dirname } from "node:path";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BenchError,
  type BenchOptions,
  type Direction,
  isMeasured,
  type Row,
  runBench,
  selectRows,
} from "../../bench/mod.ts";
import { roundUp } from "../../base/round_up.ts";
import { createBuffer, hugePages, readSetting } from "../../copy/mod.ts";
import { pageBytes } from "../../ffi/mod.ts";
import { measuredRows } from "./_fixtures.ts";
import { assertNoneLeft, mappingsOf, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

const mebibyte = 2 ** 20;

function options(path: string, rows: string, other: Partial<BenchOptions> = {}): BenchOptions {
  return {
    file: path,
    rows: selectRows(rows),
    sizeBytes: 8 * mebibyte,
    chunkBytes: 2 * mebibyte,
    runs: 2,
    ...other,
  };
}

for (const direction of ["read", "write"] satisfies Direction[]) {
  Deno.test(`runBench() measures memfd rows for real: ${direction}`, async () => {
    using file = randomFile(8 * mebibyte);
    const [descriptors, mappings] = [openDescriptors(), mappingsOf("dmacopy")];
    const document = await runBench(options(file.path, "3,4,5,7,limit", { direction }));
    assertNoneLeft(descriptors);
    assertEquals(mappingsOf("dmacopy"), mappings);
    const name = basename(file.path);
    const names = Array.from(Deno.readDirSync(dirname(file.path)), ({ name }) => name);
    assertEquals(names.filter((each) => each.startsWith(name)), [name]);
    assertEquals(document.interrupted, false);
    assertEquals(document.rows.map((row) => row.id), [3, 4, 5, 7, "limit"]);
    const rows = measuredRows(document);
    assertEquals(rows.length, document.rows.length);
    for (const row of rows) {
      assert(row.verified, `row ${row.id}`);
      assertEquals(row.samples.map((sample) => sample.round), [1, 2]);
      assert(row.createMs > 0 && row.ioMs > 0 && row.closeMs > 0);
      // Pages that another CPU still holds are not dropped, so some may remain in one of the rounds.
      assertEquals(Math.min(...row.samples.map((sample) => sample.residentPagesBefore)), 0);
      // Readahead goes beyond the chunk; other programs may drop the cache in one of the rounds.
      const added = Math.max(...row.samples.map((sample) => sample.cachePagesAdded));
      assert(
        row.io === "direct" ? added === 0 : added >= 8 * mebibyte / Number(pageBytes()),
        `row ${row.id}`,
      );
      assert(row.limitPercent !== null && row.percent === null);
    }
  });
}

const extended: Row[] = [
  { id: "thp", buffer: "memfd", io: "direct", method: "R/W", pages: "thp" },
  { id: "hugetlb", buffer: "memfd", io: "direct", method: "R/W", pages: "hugetlb" },
];

Deno.test("runBench() collects garbage before each buffer where V8 lets it, outside of the times", async () => {
  using file = randomFile(4 * mebibyte);
  const collected: string[] = [];
  const global = globalThis as { gc?: unknown };
  const before = global.gc;
  global.gc = ({ type }: { type: string }) => void collected.push(type);
  try {
    await runBench(options(file.path, "4", { sizeBytes: 4 * mebibyte, runs: 1 }));
  } finally {
    global.gc = before;
  }
  // Of the warm-up's buffer and the round's two, and before each run closes its buffers.
  assertEquals(collected, ["major", "minor", "minor", "major", "minor", "minor", "minor"]);
});

/** The addresses at which memfds of buffers begin, the lowest first. */
function addressesOfBuffers(): bigint[] {
  return Deno.readTextFileSync("/proc/self/maps").split("\n")
    .filter((line) => line.includes("/memfd:dmacopy "))
    .map((line) => BigInt(`0x${line.slice(0, line.indexOf("-"))}`));
}

Deno.test("runBench() maps each buffer of a run below all else, at the same address each time", async () => {
  using file = randomFile(8 * mebibyte);
  using own = createBuffer("memfd", 4096n);
  const seen: bigint[][] = [];
  const global = globalThis as { gc?: unknown };
  const before = global.gc;
  // Called before each run, before each buffer is made, and before the run's buffers are closed.
  global.gc = () => void seen.push(addressesOfBuffers());
  try {
    await runBench(options(file.path, "4", { chunkBytes: 3 * mebibyte }));
  } finally {
    global.gc = before;
  }
  const huge = BigInt(hugePages().transparentBytes || 1);
  let end = 1n << 35n;
  const places = [3, 3, 2].map((mebibytes) => {
    const bytes = BigInt(mebibytes * mebibyte);
    return end -= bytes >= huge ? roundUp(bytes, huge) : bytes;
  });
  // The lowest first, and all below the other buffer.
  const firstRun = [0, 0, 1, 2, 3].map((open) => [
    ...places.slice(0, open).reverse(),
    own.mapping.address,
  ]);
  assertEquals(seen.slice(-5), firstRun);
  assertEquals(seen.slice(-10, -5), firstRun);
});

Deno.test("runBench() gives rows their huge pages and leaves the kernel as it was", async () => {
  const settings = () =>
    [
      "/sys/kernel/mm/transparent_hugepage/enabled",
      "/sys/kernel/mm/transparent_hugepage/shmem_enabled",
      "/proc/sys/vm/nr_hugepages",
    ].map((path) => readSetting(path));
  const before = settings();
  using file = randomFile(8 * mebibyte);
  const document = await runBench(options(file.path, "limit", { rows: extended }));
  assertEquals(settings(), before);
  for (const row of document.rows) {
    if (isMeasured(row)) assert(row.verified);
    else assert(["EPERM", "ENOMEM", "ENOSYS", "EINVAL"].includes(row.unsupported.errno));
  }
});

Deno.test("runBench() reads several parts at once, and by io_uring where there is one", async () => {
  using file = randomFile(9 * mebibyte);
  const [descriptors, mappings] = [openDescriptors(), mappingsOf("dmacopy")];
  const several: Row[] = [
    { id: "threads", buffer: "memfd", io: "direct", method: "R/W", depth: 3 },
    { id: "ring", buffer: "memfd", io: "direct", method: "io_uring", depth: 2 },
  ];
  // The second buffer is not a multiple of the parts.
  const sizes = { sizeBytes: 9 * mebibyte, chunkBytes: 6 * mebibyte };
  const document = await runBench(options(file.path, "limit", { rows: several, ...sizes }));
  assertEquals([openDescriptors(), mappingsOf("dmacopy")], [descriptors, mappings]);
  const [threads, ring] = document.rows;
  assert(threads && isMeasured(threads) && threads.verified && threads.ioMs > 0);
  assert(
    ring && (isMeasured(ring) ? ring.verified : /io_uring|MEMLOCK/.test(ring.unsupported.reason)),
  );
});

for (const direction of ["read", "write"] as const) {
  Deno.test(`runBench() goes through memory of its own to ${direction} by R+W`, async () => {
    using file = randomFile(9 * mebibyte);
    const rows: Row[] = [{ id: "R+W", buffer: "memfd", io: "direct", method: "R+W" }];
    const sizes = { sizeBytes: 9 * mebibyte, chunkBytes: 6 * mebibyte };
    const document = await runBench(options(file.path, "limit", { rows, direction, ...sizes }));
    const [row] = document.rows;
    assert(row && isMeasured(row) && row.verified);
  });
}

Deno.test("runBench() writes several parts at once, but not by io_uring", async () => {
  using file = randomFile(8 * mebibyte);
  const rows: Row[] = [
    { id: "threads", buffer: "memfd", io: "direct", method: "R/W", depth: 2 },
    { id: "ring", buffer: "memfd", io: "direct", method: "io_uring", depth: 2 },
  ];
  const chunkBytes = 8 * mebibyte;
  const document = await runBench(
    options(file.path, "limit", { rows, chunkBytes, direction: "write" }),
  );
  const [threads, ring] = document.rows;
  assert(threads && isMeasured(threads) && threads.verified);
  assert(ring && !isMeasured(ring) && ring.unsupported.reason.length > 0);
});

Deno.test("runBench() notices data that changes under it", async () => {
  using file = randomFile(8 * mebibyte);
  let changed = false;
  const document = await runBench(options(file.path, "3,4", { runs: 1 }), {
    onProgress({ round }) {
      if (round !== 1 || changed) return;
      changed = true;
      using writer = Deno.openSync(file.path, { write: true });
      writer.seekSync(5 * mebibyte, Deno.SeekMode.Start);
      writer.writeSync(new Uint8Array([~file.data[5 * mebibyte]!]));
      writer.syncSync();
    },
  });
  assertEquals(document.rows.map((row) => isMeasured(row) && row.verified), [false, false]);
});

Deno.test("runBench() reports rows that this kernel can't do, with errno and reason", async () => {
  using file = randomFile(8 * mebibyte);
  const document = await runBench(options(file.path, "1-23", { runs: 1 }));
  assertEquals(document.rows.length, 23);
  const refused = document.rows.flatMap((row) => isMeasured(row) ? [] : [row.unsupported]);
  // Only the series copies into a dma-buf.
  assert(refused.length > 0 || document.environment.series !== null);
  for (const { errno, reason } of refused) {
    assert(/^E[A-Z]+$/.test(errno), errno);
    assert(reason.length > 10 && !reason.includes("\n"));
  }
});

Deno.test("runBench() takes a last buffer smaller than the others", async () => {
  using file = randomFile(5 * mebibyte + Number(pageBytes()));
  const sizeBytes = 5 * mebibyte + Number(pageBytes());
  const document = await runBench(options(file.path, "4,7", { sizeBytes, runs: 1 }));
  assertEquals(document.rows.map((row) => isMeasured(row) && row.verified), [true, true]);
});

Deno.test("runBench() keeps the finished samples when it is aborted, and closes everything", async () => {
  using file = randomFile(8 * mebibyte);
  const descriptors = openDescriptors();
  const controller = new AbortController();
  const document = await runBench(options(file.path, "3,4", { runs: 50 }), {
    signal: controller.signal,
    onProgress: ({ done }) => done === 3 && setTimeout(() => controller.abort(), 1),
  });
  assertEquals(document.interrupted, true);
  const samples = document.rows.map((row) => isMeasured(row) ? row.samples.length : 0);
  assertEquals(samples.reduce((sum, count) => sum + count), 3);
  assertNoneLeft(descriptors);
});

Deno.test("runBench() hands out what is finished so far", async () => {
  using file = randomFile(8 * mebibyte);
  const seen: [boolean, number[]][] = [];
  await runBench(options(file.path, "3,22,4"), {
    onFinished: (document) =>
      seen.push([
        document.interrupted,
        measuredRows(document).map(({ samples }) => samples.length),
      ]),
  });
  assertEquals(seen.map(([interrupted]) => interrupted), seen.map(() => true));
  const totals = seen.map(([, samples]) => samples.reduce((sum, count) => sum + count));
  assertEquals(totals, totals.map((_, i) => i + 1));
  assertEquals(seen.at(-1)?.[1].slice(0, 2), [2, 2]);
});

Deno.test("runBench() aborted at once gives a document without rows", async () => {
  using file = randomFile(8 * mebibyte);
  const document = await runBench(options(file.path, "3"), { signal: AbortSignal.abort() });
  assertEquals([document.interrupted, document.rows], [true, []]);
});

const wrong: [string, Partial<BenchOptions>, string][] = [
  ["a missing file", { file: "/nowhere/at/all" }, "can't read /nowhere/at/all: ENOENT"],
  ["a directory", { file: "/tmp" }, "/tmp is not a regular file"],
  ["a file that is too small", { sizeBytes: 16 * mebibyte }, "less than the size"],
  ["a size of no whole pages", { sizeBytes: 5000 }, "whole pages"],
  ["a chunk of no whole pages", { chunkBytes: 100 }, "the chunk must be whole pages"],
  ["no runs", { runs: 0 }, "the runs must be a whole number from 1"],
  ["a negative seed", { seed: -1 }, "the seed"],
];
for (const [what, other, message] of wrong) {
  Deno.test(`runBench() refuses ${what}`, async () => {
    using file = randomFile(8 * mebibyte);
    await assertRejects(
      () => runBench({ ...options(file.path, "3"), ...other }),
      BenchError,
      message,
    );
  });
}
