import { assert, assertEquals } from "@std/assert";
import { createBuffer } from "../../copy/mod.ts";
import {
  addSeals,
  copyFileRange,
  type Descriptor,
  Mapping,
  openFile,
  SystemError,
} from "../../ffi/mod.ts";
import { randomFile } from "../ffi/_fixtures.ts";
import { assertSame, content, copy, DMA_BUFS, PAGE, PATCHED, run } from "./_guest.ts";
import { enableVerity, hostFolder, mounted, mountFuseFile } from "./_mounts.ts";

const ignore = !PATCHED;
const MIB = 2 ** 20;
/** The bytes that memory_file_rw() copies at once. */
const BATCH = 64 * MIB;

/** The kernel's tests whose answers may depend on the filesystem. */
const SELFTESTS = [
  "loads_to_the_last_byte_and_no_further",
  "loads_a_part_to_where_it_is_asked_to",
  "loads_what_is_not_aligned_only_buffered",
  "loads_any_length",
  "saves_a_part",
  "saves_what_was_loaded_last",
  "ends_with_the_file_and_the_buffer",
  "takes_a_file_as_it_was_when_it_grows",
];
/** By exporter, buffered and direct; those with a device may be skipped. */
const LEAST_PASSED = 4;
/** Tests cut unlinked files, which the host's server of 9p does by their names. */
const NOT_ON_9P = ["takes_a_file_as_it_was_when_it_grows"];

/** Makes a filesystem that goes when it is disposed of. */
type Mount = () => { path: string } & Disposable;

/** Filesystems by what is special, with the kind that the kernel has to have. */
const FILESYSTEMS: Record<string, [kind: string, mount: Mount, without?: string[]]> = {
  "overlayfs": ["overlay", () => mounted({ kind: "overlay" })],
  "9p, which copies by messages to another machine": ["9p", hostFolder, NOT_ON_9P],
  "ext4 on a disk of 4 KiB sectors": [
    "ext4",
    () => mounted({ kind: "ext4", mkfs: ["mke2fs", "-q", "-t", "ext4"], sectorBytes: PAGE }),
  ],
  "ext4 with a data journal": [
    "ext4",
    () => mounted({ kind: "ext4", mkfs: ["mke2fs", "-q", "-t", "ext4"], options: "data=journal" }),
  ],
  "ext4 on zram": [
    "zram",
    () => mounted({ kind: "ext4", mkfs: ["mke2fs", "-q", "-t", "ext4"], disk: "zram" }),
  ],
  "XFS with 4 KiB sectors": [
    "xfs",
    () => mounted({ kind: "xfs", mkfs: ["mkfs.xfs", "-q"], sectorBytes: PAGE }),
  ],
  "XFS with 16 KiB blocks": [
    "xfs",
    () => mounted({ kind: "xfs", mkfs: ["mkfs.xfs", "-q", "-b", "size=16384"] }),
  ],
  "btrfs with compression": ["btrfs", () =>
    mounted({
      kind: "btrfs",
      mkfs: ["mkfs.btrfs", "-q"],
      options: "compress-force=zlib",
    })],
};

for (const [name, [kind, mount, without = []]] of Object.entries(FILESYSTEMS)) {
  Deno.test({
    name: `copies between dma-bufs and files of ${name} are right`,
    ignore: ignore || !isKnown(kind),
    fn() {
      using filesystem = mount();
      const tests = SELFTESTS.filter((test) => !without.includes(test));
      const { success, stdout, stderr } = new Deno.Command("/job/kselftest-copy_file_range", {
        args: tests.flatMap((test) => ["-t", test]),
        env: { TMPDIR: filesystem.path },
      }).outputSync();
      const report = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
      const [, passed] = /^# Totals: pass:(\d+)/m.exec(report) ?? [];
      assert(success && Number(passed) >= LEAST_PASSED * tests.length, report);
    },
  });
}

function isKnown(kind: string): boolean {
  if (kind === "zram") return Deno.readTextFileSync("/proc/devices").includes(" zram\n");
  return Deno.readTextFileSync("/proc/filesystems").includes(`\t${kind}\n`);
}

/** Direct and buffered loads of a file, to its last byte, into each kind of buffer. */
function assertLoads(path: string, data: Uint8Array): void {
  for (const create of Object.values(DMA_BUFS)) {
    for (const direct of [true, false]) {
      using file = openFile(path, { direct });
      using buffer = create(Math.ceil(data.length / PAGE) * PAGE);
      assertEquals(copy([file, 0], [buffer.io, 0], Number(buffer.bytes)), data.length);
      assertSame(content(buffer).subarray(0, data.length), data);
    }
  }
}

Deno.test({
  name: "a file of FUSE is loaded to its last byte, whatever block size it claims",
  ignore,
  async fn() {
    using source = randomFile(75 * PAGE + 777);
    for (const blockBytes of [512, PAGE, 4 * MIB, 2 ** 31]) {
      await using fuse = await mountFuseFile(source.path, { blockBytes });
      assertLoads(fuse.path, source.data);
    }
  },
});

Deno.test({
  name: "a file with fs-verity, which ext4 reads through the page cache, is loaded as any other",
  ignore: ignore || !isKnown("ext4"),
  fn() {
    using source = randomFile(75 * PAGE + 777);
    const mkfs = ["mke2fs", "-q", "-t", "ext4", "-b", "4096", "-O", "verity"];
    using filesystem = mounted({ kind: "ext4", mkfs });
    const path = `${filesystem.path}/f`;
    Deno.copyFileSync(source.path, path);
    enableVerity(path);
    assertLoads(path, source.data);
  },
});

/** Copies, on another thread; an error is its name. */
async function copyAside(
  from: Descriptor,
  to: Descriptor,
  bytes: number,
): Promise<number | string> {
  const range = { fromOffset: 0n, toOffset: 0n, bytes: BigInt(bytes) };
  try {
    return Number(await copyFileRange({ from, to, ...range }).async());
  } catch (error) {
    if (error instanceof SystemError) return error.errno;
    throw error;
  }
}

Deno.test({
  name: "a seal in the midst of a copy into a udmabuf ends the copy at its next part",
  ignore,
  async fn() {
    using source = randomFile(BATCH + 8 * MIB);
    const gateOffset = BATCH - 4 * MIB;
    await using fuse = await mountFuseFile(source.path, { blockBytes: PAGE, gateOffset });
    using file = openFile(fuse.path, { direct: true });
    using buffer = createBuffer("udmabuf", BigInt(source.data.length), { via: "dmabuf" });
    const copied = copyAside(file, buffer.io, source.data.length);
    await fuse.reached();
    addSeals(buffer.memfd!, ["future-write"]);
    fuse.openGate();
    assertEquals(await copied, BATCH);
    const all = content(buffer);
    assertSame(all.subarray(0, BATCH), source.data.subarray(0, BATCH));
    assertSame(all.subarray(BATCH), new Uint8Array(all.length - BATCH));
  },
});

Deno.test({
  name: "a memfd that is closed leaves its udmabuf the pages that it has, to copy from and to",
  ignore,
  fn() {
    using source = randomFile(4 * PAGE);
    using file = openFile(source.path, { access: "read-write", direct: true });
    const buffer = createBuffer("udmabuf", BigInt(4 * PAGE), { via: "dmabuf" });
    using io = buffer.io;
    buffer.memfd![Symbol.dispose]();
    assertEquals(copy([file, 0], [io, 0], 4 * PAGE), 4 * PAGE);
    using mapping = new Mapping(io, BigInt(4 * PAGE));
    const out = new Uint8Array(4 * PAGE);
    mapping.peek(0n, out);
    assertSame(out, source.data);
    run("sync");
  },
});
