import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createBuffer,
  loadFile,
  openBuffer,
  type Progress,
  saveBuffer,
  type SharedBuffer,
} from "../../copy/mod.ts";
import { SystemError } from "../../ffi/mod.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

const BYTES = (3 << 20) + 777;

/** Runs an action with a buffer of random data and a folder; checks that nothing else is left there. */
async function withBuffer(
  action: (from: { buffer: SharedBuffer; data: Uint8Array; folder: string }) => Promise<string[]>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: Deno.env.get("DMACOPY_TEST_DIR") || "/var/tmp" });
  using file = randomFile(BYTES);
  const before = openDescriptors();
  try {
    using loaded = await loadFile(file.path, { to: "memfd", pages: "4k" });
    const expected = await action({ buffer: loaded.buffer, data: file.data, folder });
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), expected.sort());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assertNoneLeft(before);
}

for (const direct of [true, false]) {
  Deno.test(`saveBuffer() writes what is in the buffer, ${direct ? "directly" : "buffered"}`, async () => {
    await withBuffer(async ({ buffer, data, folder }) => {
      for (const bytes of [BYTES, 0, 1, 4096, 65536]) {
        const path = `${folder}/out`;
        const saved = await saveBuffer(buffer, path, {
          bytes: BigInt(bytes),
          direct,
          chunkBytes: 65536n,
        });
        assertEquals([saved.direct, saved.verified, saved.method], [direct, true, "write"]);
        assertEquals(Deno.readFileSync(path), data.subarray(0, bytes));
      }
      return ["out"];
    });
  });
}

Deno.test("saveBuffer() saves a part, and reports progress up to its end", async () => {
  await withBuffer(async ({ buffer, data, folder }) => {
    const seen: Progress[] = [];
    const range = { offset: 4096n + 100n, bytes: 200_000n };
    const verified: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    const { checksum } = await saveBuffer(buffer, `${folder}/part`, {
      ...range,
      onProgress,
      onVerified: (progress) => verified.push(progress),
      checksum: true,
    });
    assertEquals(Deno.readFileSync(`${folder}/part`), data.subarray(4196, 204_196));
    const { elapsedMs = 0, ...last } = seen.at(-1) ?? {};
    assertEquals(last, { bytes: 200_000n, totalBytes: 200_000n, path: `${folder}/part` });
    assert(elapsedMs > 0);
    const { bytes, totalBytes } = verified.at(-1) ?? {};
    assertEquals([bytes, totalBytes], [200_000n, 200_000n]);
    assert(checksum);
    const outside = [{ offset: -1n }, { bytes: buffer.bytes + 1n }, {
      offset: 1n,
      bytes: buffer.bytes,
    }];
    for (const range of outside) {
      await assertRejects(() => saveBuffer(buffer, `${folder}/x`, range), RangeError, "are not in");
    }
    return ["part"];
  });
});

Deno.test("saveBuffer() replaces a file at once, keeps its permissions, follows a link to it", async () => {
  await withBuffer(async ({ buffer, data, folder }) => {
    const path = `${folder}/model`;
    Deno.writeTextFileSync(path, "old");
    Deno.chmodSync(path, 0o640);
    Deno.symlinkSync(path, `${folder}/link`);
    const seen: string[] = [];
    const onProgress = () => seen.push(Deno.readTextFileSync(path));
    const saved = await saveBuffer(buffer, `${folder}/link`, { bytes: BigInt(BYTES), onProgress });
    assertEquals(saved.path, path);
    assertEquals(new Set(seen), new Set(["old"]));
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o640);
    assertEquals(Deno.readFileSync(path), data);
    await saveBuffer(buffer, `${folder}/new`);
    assertEquals(Deno.statSync(`${folder}/new`).mode! & 0o777, 0o666 & ~Deno.umask());
    return ["link", "model", "new"];
  });
});

Deno.test("saveBuffer() leaves what was there, and nothing else, when it fails or is stopped", async () => {
  await withBuffer(async ({ buffer, folder }) => {
    const path = `${folder}/model`;
    Deno.writeTextFileSync(path, "old");
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("enough"));
    const { signal } = controller;
    const stop = { chunkBytes: 65536n, depth: 1, onProgress, signal };
    await assertRejects(() => saveBuffer(buffer, path, stop), Error, "enough");
    const fail = () => {
      throw new Error("failed");
    };
    await assertRejects(() => saveBuffer(buffer, path, { onProgress: fail }), Error, "failed");
    assertEquals(Deno.readTextFileSync(path), "old");
    await assertRejects(() => saveBuffer(buffer, folder), TypeError, "not a regular file");
    await assertRejects(() => saveBuffer(buffer, "/dev/null"), TypeError, "not a regular file");
    await assertRejects(() => saveBuffer(buffer, `${folder}/none/x`), SystemError, "ENOENT");
    await assertRejects(() => saveBuffer(buffer, `${folder}/none/`), Error);
    return ["model"];
  });
});

Deno.test("saveBuffer() notices a file that differs, and does not keep it", async () => {
  await withBuffer(async ({ buffer, folder }) => {
    const onProgress = ({ bytes, totalBytes }: Progress) => {
      if (bytes < totalBytes) return;
      // The written data differs from the final content of the buffer.
      using other = Deno.openSync(`/proc/self/fd/${buffer.share.number}`, { write: true });
      other.writeSync(new Uint8Array(64));
    };
    await assertRejects(() => saveBuffer(buffer, `${folder}/x`, { onProgress }), Error, "differ");
    return [];
  });
});

Deno.test("openBuffer() takes what was handed over, and leaves it open", async () => {
  await withBuffer(async ({ buffer, data, folder }) => {
    const { number } = buffer.share;
    {
      using opened = openBuffer(number, { access: "read" });
      assertEquals([opened.kind, opened.bytes], ["memfd", BigInt(BYTES)]);
      await saveBuffer(opened, `${folder}/copy`, { bytes: BigInt(BYTES) });
    }
    assertEquals(Deno.readFileSync(`${folder}/copy`), data);
    assertEquals(buffer.share.number, number);
    using file = Deno.openSync(`${folder}/copy`);
    assert(file);
    return ["copy"];
  });
});

Deno.test("openBuffer() refuses what is no buffer", async () => {
  await assertRejects(
    async () => await Promise.try(openBuffer, 9999),
    SystemError,
    "fd:9999: EBADF",
  );
  await assertRejects(async () => await Promise.try(openBuffer, 2), TypeError, "neither a memfd");
});

Deno.test("loadFile() fills an open buffer, and leaves it open", async () => {
  using file = randomFile(100_000);
  using buffer = createBuffer("memfd", 102_400n);
  const before = openDescriptors();
  for (const direct of [true, false]) {
    using loaded = await loadFile(file.path, { into: buffer, direct, verify: true });
    assertEquals([loaded.direct, loaded.buffer === buffer], [direct, true]);
  }
  const content = Deno.readFileSync(`/proc/self/fd/${buffer.io.number}`);
  assertEquals(content.subarray(0, 100_000), file.data);
  assertNoneLeft(before);
  using small = createBuffer("memfd", 4096n);
  await assertRejects(() => loadFile(file.path, { into: small }), RangeError, "don't fit");
});
