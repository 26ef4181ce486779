import { assert, assertEquals, assertRejects } from "@std/assert";
import { layOutFiles, loadFiles, loadRanges, type Progress } from "../../copy/mod.ts";
import { placeBytes } from "../../ffi/mod.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

Deno.test("loadFiles() gives each file its buffer, in order, and leaks nothing", async () => {
  using stack = new DisposableStack();
  const files = [300_000, 0, 4096, 2_100_001, 5].map((bytes) => stack.use(randomFile(bytes)));
  const before = openDescriptors();
  const seen: Progress[] = [];
  const verified: Progress[] = [];
  {
    const options = { to: "memfd", verify: true, chunkBytes: 65536n } as const;
    using loaded = await loadFiles(files.map(({ path }) => path), {
      ...options,
      onProgress: (progress) => seen.push(progress),
      onVerified: (progress) => verified.push(progress),
    });
    for (const [i, { buffer, bytes, verified }] of loaded.files.entries()) {
      const { data } = files[i]!;
      assertEquals([bytes, verified], [BigInt(data.length), true]);
      const content = Deno.readFileSync(`/proc/self/fd/${buffer.io.number}`);
      assertEquals(content.subarray(0, data.length), data);
    }
    assertEquals(loaded.files.length, files.length);
  }
  const totalBytes = files.reduce((sum, { data }) => sum + BigInt(data.length), 0n);
  for (const reports of [seen, verified]) {
    assert(reports.every((progress, i) => progress.bytes > (reports[i - 1]?.bytes ?? 0n)));
    const last = reports.at(-1);
    assertEquals([last?.bytes, last?.totalBytes], [totalBytes, totalBytes]);
  }
  assert(seen.at(-1)!.elapsedMs >= (seen.at(-2)?.elapsedMs ?? Infinity));
  assertNoneLeft(before);
});

Deno.test("loadFiles() closes all if one can't be loaded, or it is stopped", async () => {
  using first = randomFile(1 << 20);
  using second = randomFile(1 << 20);
  const before = openDescriptors();
  const paths = [first.path, "/proc/none", second.path];
  await assertRejects(() => loadFiles(paths, { to: "memfd" }), Error, "none");
  const folder = await Deno.makeTempDir();
  await assertRejects(() => loadFiles([first.path, folder], { to: "memfd" }), TypeError, folder);
  await Deno.remove(folder);
  const controller = new AbortController();
  const onProgress = ({ bytes }: Progress) => {
    if (bytes > 1n << 20n) controller.abort(new Error("enough"));
  };
  const options = {
    to: "memfd",
    chunkBytes: 65536n,
    onProgress,
    signal: controller.signal,
  } as const;
  await assertRejects(() => loadFiles([first.path, second.path], options), Error, "enough");
  assertNoneLeft(before);
});

Deno.test("loadFiles() of nothing is nothing", async () => {
  using loaded = await loadFiles([]);
  assertEquals(loaded.files, []);
});

Deno.test("layOutFiles() places files for one buffer, aligned", async () => {
  using first = randomFile(5000);
  using second = randomFile(8192);
  const files = [first, second].map(({ path, data }) => ({ path, bytes: BigInt(data.length) }));
  const layout = layOutFiles(files, 65536n);
  assertEquals(layout.map(({ bufferOffset }) => bufferOffset), [0n, 65536n]);
  using loaded = await loadRanges(layout, { to: "memfd", verify: true });
  assertEquals(loaded.layout, layout);
  const content = Deno.readFileSync(`/proc/self/fd/${loaded.buffer.io.number}`);
  assertEquals(content.subarray(65536, 65536 + 8192), second.data);
});

Deno.test("loadFiles() splits files into buffers of a size, and loses nothing", async () => {
  using file = randomFile(300_001);
  using small = randomFile(10);
  const before = openDescriptors();
  for (const splitBytes of [placeBytes(), 65536n, 1n << 20n]) {
    const options = { to: "memfd", verify: true, chunkBytes: 16384n, splitBytes } as const;
    using loaded = await loadFiles([file.path, small.path], options);
    const parts = loaded.files.map(({ buffer, bytes }) =>
      Deno.readFileSync(`/proc/self/fd/${buffer.io.number}`).subarray(0, Number(bytes))
    );
    assertEquals(new Uint8Array(parts.slice(0, -1).flatMap((part) => [...part])), file.data);
    assertEquals(parts.at(-1), small.data);
    assert(loaded.files.every(({ bytes, verified }) => bytes <= splitBytes && verified));
  }
  for (const splitBytes of [0n, -4096n, 5000n]) {
    await assertRejects(() => loadFiles([file.path], { to: "memfd", splitBytes }), RangeError);
  }
  assertNoneLeft(before);
});

Deno.test("loadFiles() notices a change between two parts", async () => {
  using file = randomFile(300_000);
  let changed = false;
  const onProgress = () => {
    if (!changed) Deno.writeFileSync(file.path, file.data);
    changed = true;
  };
  const options = { to: "memfd", splitBytes: 65536n, chunkBytes: 65536n, depth: 1 } as const;
  await assertRejects(() => loadFiles([file.path], { ...options, onProgress }), Error, "changed");
});

Deno.test("loadFiles() opens files one after the other, not all before it reads", async () => {
  using stack = new DisposableStack();
  const paths = Array.from({ length: 60 }, () => stack.use(randomFile(4096)).path);
  const before = openDescriptors().length;
  const loading = loadFiles(paths, { to: "memfd" });
  const opened = openDescriptors().length - before;
  using loaded = await loading;
  assertEquals(loaded.files.length, paths.length);
  assert(opened < paths.length / 2, `${opened} are open at the start`);
});

Deno.test("loadFiles() names a file that was removed before its turn", async () => {
  using stack = new DisposableStack();
  const paths = Array.from({ length: 60 }, () => stack.use(randomFile(4096)).path);
  const before = openDescriptors();
  const loading = loadFiles(paths, { to: "memfd" });
  Deno.removeSync(paths.at(-1)!);
  await assertRejects(
    () => loading,
    Error,
    `${paths.at(-1)} was removed while it was being copied`,
  );
  assertNoneLeft(before);
  Deno.writeTextFileSync(paths.at(-1)!, "");
});
