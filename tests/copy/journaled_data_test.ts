// A filesystem that takes O_DIRECT and goes through the page cache: ext4 with data=journal.
import { assert, assertEquals, assertRejects } from "@std/assert";
import { runBench, selectRows } from "../../bench/mod.ts";
import { loadFile, saveBuffer } from "../../copy/mod.ts";
import { SystemError } from "../../ffi/mod.ts";
import { assertNoneLeft, openDescriptors } from "../ffi/_fixtures.ts";

const MIB = 1 << 20;
const IMAGE_BYTES = 64 * MIB;
const FILE_BYTES = 8 * MIB + 77;

/** Mounts such a filesystem until disposed of; null where that is not allowed. */
function mount(): { folder: string } & Disposable | null {
  const scratch = Deno.makeTempDirSync({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  using stack = new DisposableStack();
  stack.defer(() => Deno.removeSync(scratch, { recursive: true }));
  const [image, folder] = [`${scratch}/image`, `${scratch}/mounted`];
  Deno.mkdirSync(folder);
  Deno.writeFileSync(image, new Uint8Array());
  Deno.truncateSync(image, IMAGE_BYTES);
  const run = (command: string, ...args: string[]) => {
    try {
      const env = { PATH: `${Deno.env.get("PATH")}:/usr/sbin:/sbin` };
      const { success, stdout } = new Deno.Command(command, { args, env }).outputSync();
      return success ? new TextDecoder().decode(stdout).trim() : null;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  };
  if (run("mkfs.ext4", "-q", image) === null) return null;
  // mount -o loop keeps the device open for writing, which forbids to mount it on some kernels
  // (CONFIG_BLK_DEV_WRITE_MOUNTED).
  const device = run("losetup", "--find", "--show", image);
  if (device === null) return null;
  stack.defer(() => run("losetup", "--detach", device));
  if (run("mount", "-o", "data=journal", device, folder) === null) return null;
  stack.defer(() => assert(run("umount", folder) !== null, `umount ${folder}`));
  const owned = stack.move();
  return { folder, [Symbol.dispose]: () => owned.dispose() };
}

const isPossible = (() => {
  using mounted = mount();
  return mounted !== null;
})();
const ignore = { ignore: !isPossible };
if (!isPossible) console.log("ignored: tests that mount ext4 need root and loop devices");

Deno.test("Copies from and to a journal of data claim no direct I/O", ignore, async () => {
  using mounted = mount();
  const before = openDescriptors();
  const path = `${mounted!.folder}/model.bin`;
  const data = crypto.getRandomValues(new Uint8Array(65536));
  Deno.writeFileSync(path, new Uint8Array(FILE_BYTES).map((_, i) => data[i % data.length]!));
  {
    using loaded = await loadFile(path, { to: "memfd", verify: true });
    assertEquals([loaded.direct, loaded.directBytes, loaded.verified], [false, 0n, true]);
    const saved = await saveBuffer(loaded.buffer, `${mounted!.folder}/saved.bin`, {
      bytes: loaded.bytes,
    });
    assertEquals([saved.direct, saved.directBytes, saved.verified], [false, 0n, true]);
  }
  await assertRejects(() => loadFile(path, { to: "memfd", direct: true }), SystemError, "EINVAL");
  assertNoneLeft(before);
});

Deno.test("Rows of direct I/O are not measured where there is none", ignore, async () => {
  using mounted = mount();
  const path = `${mounted!.folder}/model.bin`;
  Deno.writeFileSync(path, new Uint8Array(8 * MIB).fill(7));
  const document = await runBench({
    file: path,
    rows: selectRows("3,4"),
    sizeBytes: 8 * MIB,
    chunkBytes: 2 * MIB,
    runs: 1,
  });
  const [buffered, direct] = document.rows;
  assert(buffered && !("unsupported" in buffered));
  assert(direct && "unsupported" in direct && /page cache/.test(direct.unsupported.reason));
});
