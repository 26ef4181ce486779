import { assertEquals, assertRejects } from "@std/assert";
import { type BufferKind, createBuffer, loadFile } from "../../copy/mod.ts";
import { allocate, openFile, resize, SystemError } from "../../ffi/mod.ts";
import { type Handed, manifestOf } from "../../handover/mod.ts";
import { restoreBuffers, snapshotBuffers, type SnapshotOptions } from "../../snapshot/mod.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";
import { type FaultyDisk, faultyDisk, offsetOnDisk } from "./_device_mapper.ts";
import { content, PAGE } from "./_guest.ts";
import { mounted } from "./_mounts.ts";

const BYTES = 3 * 2 ** 20 + 12345;
/** Three chunks, so that a disk can fail between the first and the last. */
const LARGE_BYTES = 20 * 2 ** 20;
/** The page in the last chunk that the disk fails to write or read. */
const BAD = 17 * 2 ** 20 / PAGE;
const KINDS: readonly BufferKind[] = ["dmabuf", "udmabuf", "memfd", "dmabuf"];

/** A buffer of each kind, in that order, full of a file. */
async function withKinds(
  path: string,
  action: (handed: Handed) => Promise<void>,
): Promise<void> {
  const before = openDescriptors();
  {
    using stack = new DisposableStack();
    const loaded = [];
    for (const to of KINDS) loaded.push(stack.use(await loadFile(path, { to })));
    await action({ buffers: loaded.map(({ buffer }) => buffer), manifest: manifestOf(loaded) });
  }
  assertNoneLeft(before);
}

Deno.test("a snapshot has each buffer restored into its own kind", async () => {
  using file = randomFile(BYTES);
  await withKinds(file.path, async (handed) => {
    const folder = "/data/snapshot-test";
    try {
      await snapshotBuffers(handed, folder);
      using restored = await restoreBuffers(folder);
      assertEquals(restored.buffers.map(({ kind }) => kind), KINDS);
      assertEquals(restored.manifest.buffers.map(({ kind }) => kind), KINDS);
      for (const buffer of restored.buffers) {
        assertEquals(content(buffer).subarray(0, BYTES), file.data);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

Deno.test("a snapshot that a disk has no room for leaves nothing, and says ENOSPC", async () => {
  using file = randomFile(BYTES);
  await withKinds(file.path, async (handed) => {
    using disk = mounted({ kind: "ext4", mkfs: ["mke2fs", "-q", "-t", "ext4"] });
    fillUp(disk.path);
    await assertFails(handed, { code: "ENOSPC", folder: disk.path });
  });
});

/** Leaves room for two buffers of four. */
function fillUp(folder: string): void {
  using filler = openFile(`${folder}/filler`, { access: "write", create: true });
  let mebibytes = 0n;
  try {
    for (;; mebibytes++) allocate(filler, (mebibytes + 1n) << 20n).sync();
  } catch (error) {
    if (!(error instanceof SystemError && error.code === "ENOSPC")) throw error;
  }
  resize(filler, (mebibytes - 8n) << 20n);
}

Deno.test("a snapshot onto a disk that fails within a file leaves nothing, and says EIO", async () => {
  await withFaultyDisk(async (handed, disk) => {
    let isDamaged = false;
    await assertFails(handed, {
      ...{ code: "EIO", folder: "/data" },
      // The file's space is reserved in one piece: its last chunk is as far from its first here as there.
      onProgress({ path }) {
        if (isDamaged) return;
        isDamaged = true;
        disk.damage(offsetOnDisk(path!, 0) + BAD * PAGE, PAGE);
      },
    });
    assertEquals(isDamaged, true);
  });
});

Deno.test("a snapshot that the disk does not give back leaves nothing, and says EIO", async () => {
  await withFaultyDisk(async (handed, disk) => {
    let isDamaged = false;
    await assertFails(handed, {
      ...{ code: "EIO", folder: "/data" },
      onVerified({ path }) {
        if (isDamaged) return;
        isDamaged = true;
        disk.damage(offsetOnDisk(path!.replace(/\d+(\.bin)$/, "3$1"), BAD), PAGE);
      },
    });
    assertEquals(isDamaged, true);
  });
});

Deno.test("restoreBuffers() from a disk that fails says EIO, and keeps nothing open", async () => {
  await withFaultyDisk(async (handed, disk) => {
    const folder = "/data/snapshot-test";
    await snapshotBuffers(handed, folder);
    const before = openDescriptors();
    disk.damage(offsetOnDisk(`${folder}/2.bin`, BAD), PAGE);
    const error = await assertRejects(() => restoreBuffers(folder), SystemError);
    assertEquals(error.code, "EIO");
    assertNoneLeft(before);
    disk.repair();
    using restored = await restoreBuffers(folder);
    assertEquals(restored.buffers.length, KINDS.length);
    await Deno.remove(folder, { recursive: true });
  });
});

async function withFaultyDisk(
  action: (handed: Handed, disk: FaultyDisk) => Promise<void>,
): Promise<void> {
  using file = randomFile(LARGE_BYTES);
  await withKinds(file.path, async (handed) => {
    using disk = faultyDisk();
    await action(handed, disk);
  });
}

/** That a snapshot in `folder` fails so, and leaves nothing there. */
async function assertFails(
  handed: Handed,
  { code, folder, ...options }: SnapshotOptions & { code: string; folder: string },
): Promise<void> {
  const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const before = names();
  const snapshot = () => snapshotBuffers(handed, `${folder}/snapshot-test`, options);
  const error = await assertRejects(snapshot, SystemError);
  assertEquals([error.code, names()], [code, before]);
}

Deno.test("a snapshot refuses a buffer that its manifest does not know", async () => {
  using buffer = createBuffer("dmabuf", 4096n);
  const manifest = { dmacopy: 1 as const, buffers: [] };
  const snapshot = () => snapshotBuffers({ buffers: [buffer], manifest }, "/data/s");
  await assertRejects(snapshot, TypeError, "the manifest has 0 of 1 buffers");
});
