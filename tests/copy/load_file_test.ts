import { assert, assertEquals, assertRejects } from "@std/assert";
import { loadFile, type LoadFileOptions, type Progress } from "../../copy/mod.ts";
import { pageBytes, SystemError } from "../../ffi/mod.ts";
import { assertNoneLeft, mappingsOf, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

const SIZES = [0, 1, 511, 512, 4095, 4096, 4097, 1 << 20, (1 << 20) + 513];

for (const direct of [true, false]) {
  Deno.test(`loadFile() loads files of any size, ${direct ? "directly" : "buffered"}`, async () => {
    const before = openDescriptors();
    for (const size of SIZES) {
      using file = randomFile(size);
      const options = { to: "memfd", direct, verify: true, chunkBytes: 65536n } as const;
      using loaded = await loadFile(file.path, options);
      assertEquals(loaded.bytes, BigInt(size));
      assertEquals(loaded.direct, direct);
      assertEquals(loaded.verified, true);
      const content = Deno.readFileSync(`/proc/self/fd/${loaded.buffer.io.number}`);
      assertEquals(content.subarray(0, size), file.data);
      assert(content.subarray(size).every((byte) => byte === 0), `clean beyond ${size}`);
    }
    assertNoneLeft(before);
  });
}

Deno.test("loadFile() reads a sparse file directly, though the disk reads nothing for its holes", async () => {
  const [hole, data] = [32 << 20, 1 << 20];
  for (const bytes of [data, 0]) {
    using file = randomFile(bytes);
    Deno.truncateSync(file.path, bytes + hole);
    using loaded = await loadFile(file.path, { to: "memfd", direct: true, verify: true });
    assertEquals(loaded.direct, true);
    assertEquals(loaded.directBytes, BigInt(bytes + hole));
    const content = Deno.readFileSync(`/proc/self/fd/${loaded.buffer.io.number}`);
    assertEquals(content.subarray(0, bytes), file.data);
    assert(content.subarray(bytes).every((byte) => byte === 0));
  }
});

Deno.test("loadFile() gives the checksum that xxhsum prints", async () => {
  using file = randomFile(0);
  Deno.writeTextFileSync(file.path, "abc");
  using loaded = await loadFile(file.path, { checksum: true });
  assertEquals(loaded.checksum, "44bc2cf5ad770999");
  using unverified = await loadFile(file.path);
  assertEquals([unverified.verified, unverified.checksum], [false, null]);
});

Deno.test("loadFile() reports progress up to the end", async () => {
  using file = randomFile(200_000);
  const seen: Progress[] = [];
  const onProgress = (progress: Progress) => seen.push(progress);
  using _loaded = await loadFile(file.path, {
    to: "memfd",
    chunkBytes: 65536n,
    depth: 1,
    onProgress,
  });
  assertEquals(seen.map(({ bytes }) => bytes), [65536n, 131072n, 196608n, 199680n, 200000n]);
  assert(seen.every(({ totalBytes }) => totalBytes === 200_000n));
});

Deno.test("loadFile() stops between chunks and closes the buffer", async () => {
  using file = randomFile(1 << 20);
  const [descriptors, mappings] = [openDescriptors(), mappingsOf("dmacopy")];
  const controller = new AbortController();
  let chunks = 0;
  const onProgress = () => {
    if (++chunks === 3) controller.abort(new Error("enough"));
  };
  const { signal } = controller;
  const options: LoadFileOptions = { to: "memfd", chunkBytes: 65536n, onProgress, signal };
  await assertRejects(() => loadFile(file.path, options), Error, "enough");
  assert(chunks < 8, `${chunks} of 16 chunks: those at hand are ended, no more are begun`);
  assertNoneLeft(descriptors);
  assertEquals(mappingsOf("dmacopy"), mappings);
});

for (
  const [what, change] of [
    ["grows", (path: string) => Deno.truncateSync(path, 2 << 20)],
    ["shrinks", (path: string) => Deno.truncateSync(path, 100_000)],
    ["is written to", (path: string) => {
      using file = Deno.openSync(path, { write: true });
      file.writeSync(new Uint8Array(1));
    }],
  ] as const
) {
  Deno.test(`loadFile() fails if the file ${what} meanwhile`, async () => {
    using file = randomFile(1 << 20);
    const descriptors = openDescriptors();
    let changed = false;
    const onProgress = () => {
      if (!changed) change(file.path);
      changed = true;
    };
    await assertRejects(
      () => loadFile(file.path, { to: "memfd", chunkBytes: 65536n, onProgress }),
      Error,
      `${file.path} changed while it was being copied`,
    );
    assertNoneLeft(descriptors);
  });
}

Deno.test("loadFile() notices a copy that differs", async () => {
  using file = randomFile(1 << 20);
  const { mtime, atime } = Deno.statSync(file.path);
  const onProgress = ({ bytes, totalBytes }: Progress) => {
    if (bytes < totalBytes) return;
    // A change that the file's status doesn't show.
    file.data[5]! ^= 1;
    Deno.writeFileSync(file.path, file.data);
    Deno.utimeSync(file.path, atime!, mtime!);
  };
  Deno.utimeSync(file.path, atime!, mtime!);
  await assertRejects(
    () => loadFile(file.path, { to: "memfd", verify: true, onProgress }),
    Error,
    "and its copy differ",
  );
});

Deno.test("loadFile() refuses what is no regular file, and waits for no FIFO", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const fifo = `${directory}/fifo`;
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    for (const path of [directory, fifo, "/dev/zero"]) {
      await assertRejects(() => loadFile(path), TypeError, `${path} is not a regular file`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  await assertRejects(() => loadFile("/proc/none"), SystemError, "open /proc/none: ENOENT");
});

Deno.test("loadFile() refuses a file that ends before the size it claims", async () => {
  const path = "/sys/kernel/mm/transparent_hugepage/enabled";
  // Files of sysfs claim a page.
  const claim = `not after ${pageBytes()} as it says`;
  await assertRejects(() => loadFile(path, { to: "memfd" }), Error, claim);
});

Deno.test("loadFile() refuses a file that doesn't say how long it is", async () => {
  await assertRejects(
    () => loadFile("/proc/self/cmdline", { to: "memfd" }),
    TypeError,
    "/proc/self/cmdline has no known size, like files of /proc",
  );
});

Deno.test("loadFile() calls no copy from a tmpfs direct", async () => {
  const path = await Deno.makeTempFile({ dir: "/dev/shm" });
  try {
    await Deno.writeFile(path, new Uint8Array(10_000).fill(7));
    using loaded = await loadFile(path, { to: "memfd", verify: true });
    assertEquals(loaded.direct, false);
    assert(loaded.reason.includes(`not direct: open ${path}`), loaded.reason);
    await assertRejects(() => loadFile(path, { to: "memfd", direct: true }), SystemError, "EINVAL");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("loadFile() refuses chunks of nothing", async () => {
  await assertRejects(() => loadFile("/proc/self/exe", { chunkBytes: 0n }), RangeError, "positive");
});
