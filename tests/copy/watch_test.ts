import { assert, assertEquals, assertRejects } from "@std/assert";
import { createBuffer, loadFile, loadFiles, type Progress, saveBuffer } from "../../copy/mod.ts";
import { watch } from "../../copy/watch.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

function step(bytes: bigint): Progress {
  return { bytes, totalBytes: 9n, path: "model.bin", elapsedMs: 0 };
}

async function bytesOf(progress: AsyncIterable<Progress>): Promise<bigint[]> {
  const seen: bigint[] = [];
  for await (const { bytes } of progress) seen.push(bytes);
  return seen;
}

Deno.test("watch() gives each step to who keeps up, and ends with the copy", async () => {
  const gate = Promise.withResolvers<void>();
  const seen: bigint[] = [];
  const copy = watch(async (onProgress) => {
    for (const bytes of [1n, 2n, 3n]) {
      onProgress(step(bytes));
      while (seen.at(-1) !== bytes) await new Promise((resolve) => setTimeout(resolve));
    }
    await gate.promise;
    return "done";
  });
  for await (const { bytes } of copy) {
    seen.push(bytes);
    if (bytes === 3n) gate.resolve();
  }
  assertEquals([seen, await copy.result], [[1n, 2n, 3n], "done"]);
});

Deno.test("watch() gives who comes late the last step only", async () => {
  const copy = watch((onProgress) => {
    for (const bytes of [1n, 5n, 9n]) onProgress(step(bytes));
    return Promise.resolve();
  });
  await copy.result;
  assertEquals(await bytesOf(copy), [9n]);
  assertEquals(await bytesOf(copy), [9n]);
});

Deno.test("watch() throws what the copy throws, to who iterates and to who awaits", async () => {
  const copy = watch((onProgress) => {
    onProgress(step(1n));
    return Promise.reject(new RangeError("torn"));
  });
  await assertRejects(() => bytesOf(copy), RangeError, "torn");
  await assertRejects(() => copy.result, RangeError, "torn");
});

Deno.test("watch() may be left early: the copy goes on", async () => {
  const gate = Promise.withResolvers<void>();
  const copy = watch(async (onProgress) => {
    onProgress(step(1n));
    await gate.promise;
    onProgress(step(9n));
  });
  for await (const { bytes } of copy) {
    assertEquals(bytes, 1n);
    break;
  }
  gate.resolve();
  await copy.result;
  assertEquals(await bytesOf(copy), [9n]);
});

Deno.test("watch() follows loadFile(), loadFiles() and saveBuffer() to the last byte", async () => {
  using file = randomFile((1 << 20) + 77);
  const total = BigInt(file.data.length);
  const before = openDescriptors();
  const chunkBytes = 65536n;
  {
    const copy = watch((onProgress) =>
      loadFile(file.path, { to: "memfd", chunkBytes, onProgress })
    );
    const seen = await bytesOf(copy);
    using loaded = await copy.result;
    assertEquals([seen.at(-1), loaded.bytes], [total, total]);
    assertEquals(seen, seen.toSorted((a, b) => Number(a - b)));

    const paths = [file.path, file.path];
    const both = watch((onProgress) => loadFiles(paths, { to: "memfd", onProgress }));
    assertEquals((await bytesOf(both)).at(-1), 2n * total);
    (await both.result)[Symbol.dispose]();

    const path = `${file.path}.saved`;
    using buffer = createBuffer("memfd", total);
    const save = watch((onProgress) => saveBuffer(buffer, path, { chunkBytes, onProgress }));
    assertEquals((await bytesOf(save)).at(-1), (await save.result).bytes);
    Deno.removeSync(path);
  }
  assertNoneLeft(before);
});

Deno.test("watch() ends with the reason when a signal stops the copy", async () => {
  using file = randomFile(1 << 20);
  const controller = new AbortController();
  const copy = watch((onProgress) =>
    loadFile(file.path, {
      to: "memfd",
      chunkBytes: 4096n,
      depth: 1,
      signal: controller.signal,
      onProgress,
    })
  );
  let steps = 0;
  await assertRejects(
    async () => {
      for await (const { bytes, totalBytes } of copy) {
        steps++;
        assert(bytes < totalBytes);
        controller.abort(new Error("enough"));
      }
    },
    Error,
    "enough",
  );
  assert(steps > 0);
});
