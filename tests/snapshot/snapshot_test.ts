import { assert, assertEquals, assertRejects } from "@std/assert";
import { createBuffer, loadFiles, type SharedBuffer } from "../../copy/mod.ts";
import { SystemError } from "../../ffi/mod.ts";
import { type Handed, manifestOf } from "../../handover/mod.ts";
import { restoreBuffers, snapshotBuffers } from "../../snapshot/mod.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

const SIZES = [3 * 2 ** 20 + 12345, 1, 2 ** 20];

/** Buffers of random data, and a folder for snapshots; nothing but `left` may be in it at the end. */
async function withBuffers(
  action: (given: { handed: Handed; data: Uint8Array[]; folder: string }) => Promise<string[]>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  using stack = new DisposableStack();
  const made = SIZES.map((bytes) => stack.use(randomFile(bytes)));
  const before = openDescriptors();
  try {
    using loaded = await loadFiles(made.map(({ path }) => path), { to: "memfd" });
    const buffers = loaded.files.map(({ buffer }) => buffer);
    const handed = { buffers, manifest: manifestOf(loaded.files) };
    const left = await action({ handed, data: made.map(({ data }) => data), folder });
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), left);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assertNoneLeft(before);
}

function content({ mapping }: SharedBuffer, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes);
  mapping.peek(0n, out);
  return out;
}

Deno.test("restoreBuffers() makes what snapshotBuffers() saved, in order, with its manifest", async () => {
  await withBuffers(async ({ handed, data, folder }) => {
    const path = `${folder}/snapshot`;
    const compared: bigint[] = [];
    const saved = await snapshotBuffers(handed, path, {
      onVerified: ({ bytes, totalBytes }) => compared.push(bytes, totalBytes),
    });
    assertEquals([saved.buffers, saved.verified, saved.methods], [3, true, ["write"]]);
    assertEquals(compared.slice(-2), [saved.bytes, saved.bytes]);
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o700);
    const progress: bigint[] = [];
    using restored = await restoreBuffers(path, {
      onProgress: ({ bytes }) => progress.push(bytes),
    });
    assertEquals([restored.bytes, restored.verified], [saved.bytes, true]);
    assertEquals(progress.at(-1), saved.bytes);
    assertEquals(restored.buffers.map(({ kind }) => kind), ["memfd", "memfd", "memfd"]);
    assertEquals(restored.buffers.map((buffer, i) => content(buffer, SIZES[i]!)), data);
    const told = restored.manifest.buffers;
    assertEquals(told.map(({ layout }) => layout), handed.manifest.buffers.map((b) => b.layout));
    assertEquals(told.map(({ verified, xxh64 }) => [verified, xxh64?.length]), [
      ...[[true, 16], [true, 16], [true, 16]],
    ]);
    return ["snapshot"];
  });
});

Deno.test("snapshotBuffers() saves all of a buffer, also what lies beyond its content", async () => {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  try {
    using buffer = createBuffer("memfd", 65536n);
    using memfd = Deno.openSync(`/proc/self/fd/${buffer.share.number}`, { write: true });
    memfd.writeSync(new Uint8Array(65536).fill(7));
    const info = {
      name: "a",
      kind: "memfd" as const,
      bytes: 5000,
      capacityBytes: 65536,
      layout: [],
    };
    const manifest = {
      dmacopy: 1 as const,
      buffers: [{ ...info, verified: false, xxh64: null }],
    };
    await snapshotBuffers({ buffers: [buffer], manifest }, `${folder}/s`);
    using restored = await restoreBuffers(`${folder}/s`);
    assertEquals(content(restored.buffers[0]!, 65536), new Uint8Array(65536).fill(7));
    assertEquals(restored.manifest.buffers[0]?.bytes, 5000);
    const kept = JSON.parse(Deno.readTextFileSync(`${folder}/s/snapshot.json`));
    assert(kept.manifest.buffers[0].xxh64 !== kept.buffers[0].xxh64, "the content's is its own");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("snapshotBuffers() leaves nothing where it is stopped, or has no place", async () => {
  await withBuffers(async ({ handed, folder }) => {
    const stop = new AbortController();
    const stopped = snapshotBuffers(handed, `${folder}/a`, {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error("enough")),
    });
    await assertRejects(() => stopped, Error, "enough");
    await assertRejects(() => snapshotBuffers(handed, `${folder}/no/a`), Deno.errors.NotFound);
    await assertRejects(() => snapshotBuffers(handed, folder), TypeError, "choose another folder");
    await assertRejects(() => snapshotBuffers(handed, "/dev/shm/x", { direct: true }), SystemError);
    return [];
  });
});

Deno.test("restoreBuffers() refuses what is damaged, and what is not a snapshot", async () => {
  await withBuffers(async ({ handed, folder }) => {
    const path = `${folder}/s`;
    await snapshotBuffers(handed, path);
    const text = Deno.readTextFileSync(`${path}/snapshot.json`);
    const refuses = (message: string) => assertRejects(() => restoreBuffers(path), Error, message);
    for (const wrong of ["{", "[]", "null", text.replace('"dmacopySnapshot": 1', '"x": 1')]) {
      Deno.writeTextFileSync(`${path}/snapshot.json`, wrong);
      await refuses("snapshot.json is not");
    }
    const lies: [string | RegExp, string][] = [['"0.bin"', '"../0.bin"'], ['"memfd"', '"disk"'], [
      /"xxh64": "\w+"/,
      '"xxh64": "1"',
    ]];
    for (const [from, to] of lies) {
      Deno.writeTextFileSync(`${path}/snapshot.json`, text.replace(from, to));
      await refuses("lacks a field");
    }
    Deno.writeTextFileSync(`${path}/snapshot.json`, text);
    const whole = Deno.readFileSync(`${path}/1.bin`);
    Deno.writeFileSync(`${path}/1.bin`, whole.map((byte) => byte ^ 1));
    await refuses("1.bin is damaged: its XXH64");
    using unverified = await restoreBuffers(path, { verify: false });
    assertEquals(unverified.manifest.buffers.map(({ verified }) => verified), [
      ...[false, false, false],
    ]);
    Deno.writeFileSync(`${path}/1.bin`, new Uint8Array(0));
    await refuses("1.bin is damaged: it has 0 bytes");
    await assertRejects(() => restoreBuffers(folder), TypeError, "it has no snapshot.json");
    return ["s"];
  });
});
