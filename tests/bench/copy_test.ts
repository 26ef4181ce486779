import "../ffi/_fixtures.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import {
  checkLimits,
  type CopyBenchDocument,
  letterDocument,
  renderCopyText,
  selectCopyRows,
} from "../../bench/mod.ts";
import { makeFiles } from "../../bench/copy/files.ts";
import { ggufHeader } from "../../bench/copy/gguf.ts";
import { copyResult, isCopyResult } from "../../bench/copy/result.ts";
import { pageBytes } from "../../ffi/mod.ts";
import { inspectModel } from "../../models/mod.ts";
import { dmacopy } from "../cli/_run.ts";

// Loads the shim, which stays loaded, before a test does.
pageBytes();

/** A document of the lab in which 200 files take so many times the disk's own time. */
function document(times: number, clock: "model" | "wall" = "model"): CopyBenchDocument {
  const [row] = selectCopyRows("shards-udmabuf");
  const sample = { ms: 200 * times, cpuMs: 10 };
  return {
    schema: "dmacopy-bench-copy-1",
    environment: { ...letterDocument.environment, clock },
    runs: 1,
    rows: [
      copyResult({ ...row!, limit: { times: 1.15 }, goal: 1.1 }, {
        bytes: 1000,
        deviceMs: 200,
        samples: [sample],
      }),
    ],
  };
}

Deno.test("checkLimits() fails where a row is over its limit, and says by how much", () => {
  checkLimits(document(1.15));
  const over = document(1.16);
  assertThrows(
    () => checkLimits(over),
    Error,
    "shards-udmabuf takes 1.16 ×, more than its limit of 1.15 ×",
  );
  assertStringIncludes(renderCopyText(over), "OVER");
  assert(!renderCopyText(document(1.15)).includes("OVER"));
  assertMatch(renderCopyText(over), /1\.16 × +1\.15 × +1\.10 × OVER/);
  // Another clock's times are no matter of these limits.
  checkLimits(document(9, "wall"));
});

Deno.test("checkLimits() counts milliseconds beyond the disk's time where the limit is such", () => {
  const [row] = selectCopyRows("first-4kib-udmabuf");
  const of = (ms: number): CopyBenchDocument => ({
    ...document(1),
    rows: [
      copyResult({ ...row!, limit: { ownMs: 1.5 } }, {
        bytes: 4096,
        deviceMs: 0.1,
        samples: [{ ms, cpuMs: null }],
      }),
    ],
  });
  checkLimits(of(1.6));
  assertThrows(() => checkLimits(of(1.7)), Error, "more than its limit of +1.50 ms");
});

Deno.test("selectCopyRows() knows rows and groups, each once, and names what is none", () => {
  const ids = (text?: string) => selectCopyRows(text).map(({ id }) => id);
  assertEquals(ids("dmabuf,udmabuf,dmabuf"), ["udmabuf", "dmabuf"]);
  assertEquals(ids("all").length, ids().length + ids("growth").length);
  assertEquals(new Set(ids("all")).size, ids("all").length);
  assertThrows(() => ids("udmabuf,nothing"), RangeError, 'no row "nothing": rows are udmabuf');
  assertThrows(() => ids(" , "), RangeError, "no rows selected");
});

Deno.test("ggufHeader() makes a model whose data begins where it is to", async () => {
  const path = await Deno.makeTempFile({ suffix: ".gguf" });
  try {
    const sizes = [32, 64, 1 << 20];
    const header = ggufHeader(sizes, 32);
    await Deno.writeFile(path, header);
    await Deno.truncate(path, header.length + sizes.reduce((sum, bytes) => sum + bytes));
    const { dataOffset, tensors } = await inspectModel(path);
    assertEquals([dataOffset % 4096n, tensors.map(({ bytes }) => bytes)], [32n, [
      ...[32n, 64n, 1n << 20n],
    ]]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("makeFiles() makes files of the source's content beside it, and removes them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const source = `${folder}/source.bin`;
    await Deno.writeFile(source, Uint8Array.from({ length: 20_000 }, (_, i) => i % 251));
    {
      using shards = await makeFiles({ kind: "shards", count: 4, bytes: 5000 }, source);
      const read = shards.paths.map((path) => [...Deno.readFileSync(path)]);
      assertEquals(read.flat(), [...Deno.readFileSync(source)]);
      using twice = await makeFiles({ kind: "one", bytes: 30_000 }, source);
      assertEquals(twice.ranges?.map(({ bufferOffset, bytes }) => [bufferOffset, bytes]), [
        ...[[0n, 20_000n], [20_000n, 10_000n]],
      ]);
    }
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["source.bin"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bench copy measures on this kernel, as a table and as JSON", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [file, json] = [`${folder}/source.bin`, `${folder}/result.json`];
    await Deno.writeFile(file, new Uint8Array(100_000));
    const rows = ["--rows", "growth-4kib,growth-64kib", "--runs", "2"];
    const args = ["bench", "copy", "--host", "--file", file, ...rows, "--json", json];
    const { code, stdout, stderr } = await dmacopy(args);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "growth-4kib");
    const found: CopyBenchDocument = JSON.parse(await Deno.readTextFile(json));
    assertEquals(found.schema, "dmacopy-bench-copy-1");
    for (const [i, bytes] of [4096, 65536].entries()) {
      const row = found.rows[i]!;
      assert(isCopyResult(row));
      assertEquals([row.bytes, row.samples.length], [bytes, 2]);
      assert(row.medianMs > 0 && row.deviceMs > 0);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bench copy refuses what makes no sense, with status 2", async () => {
  for (
    const [args, message] of [
      [["--rows", "none"], 'no row "none"'],
      [["--host"], "--host needs --file"],
      [["--runs", "0"], "--runs"],
    ] as const
  ) {
    const { code, stderr } = await dmacopy(["bench", "copy", ...args]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, message);
  }
});
