// A filesystem that takes O_DIRECT and goes through the page cache: ext4 with data=journal.
import { assert, assertEquals, assertRejects } from "@std/assert";
import { runBench, selectRows } from "../../bench/mod.ts";
import { loadFile, saveBuffer } from "../../copy/mod.ts";
import { SystemError } from "../../ffi/mod.ts";
import { assertNoneLeft, openDescriptors } from "../ffi/_fixtures.ts";
import { loopDevice, mayMountImages } from "../_loop.ts";

const MIB = 1 << 20;
const IMAGE_BYTES = 64 * MIB;
const FILE_BYTES = 8 * MIB + 77;

/** Mounts such a filesystem until disposed of. */
function mount(): { folder: string } & Disposable {
  const scratch = Deno.makeTempDirSync({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  using stack = new DisposableStack();
  stack.defer(() => Deno.removeSync(scratch, { recursive: true }));
  const [image, folder] = [`${scratch}/image`, `${scratch}/mounted`];
  Deno.mkdirSync(folder);
  Deno.writeFileSync(image, new Uint8Array());
  Deno.truncateSync(image, IMAGE_BYTES);
  const run = (command: string, ...args: string[]) => {
    const { success, stderr } = new Deno.Command(command, { args }).outputSync();
    assert(success, `${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  };
  run("mke2fs", "-q", "-t", "ext4", image);
  const device = stack.use(loopDevice(image)).path;
  run("mount", "-o", "data=journal", device, folder);
  stack.defer(() => run("umount", folder));
  const owned = stack.move();
  return { folder, [Symbol.dispose]: () => owned.dispose() };
}

const ignore = { ignore: !mayMountImages() };

Deno.test("Copies from and to a journal of data claim no direct I/O", ignore, async () => {
  using mounted = mount();
  const before = openDescriptors();
  const path = `${mounted.folder}/model.bin`;
  const data = crypto.getRandomValues(new Uint8Array(65536));
  Deno.writeFileSync(path, new Uint8Array(FILE_BYTES).map((_, i) => data[i % data.length]!));
  {
    using loaded = await loadFile(path, { to: "memfd", verify: true });
    assertEquals([loaded.direct, loaded.directBytes, loaded.verified], [false, 0n, true]);
    const saved = await saveBuffer(loaded.buffer, `${mounted.folder}/saved.bin`, {
      bytes: loaded.bytes,
    });
    assertEquals([saved.direct, saved.directBytes, saved.verified], [false, 0n, true]);
  }
  await assertRejects(() => loadFile(path, { to: "memfd", direct: true }), SystemError, "EINVAL");
  assertNoneLeft(before);
});

Deno.test("Rows of direct I/O are not measured where there is none", ignore, async () => {
  using mounted = mount();
  const path = `${mounted.folder}/model.bin`;
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
