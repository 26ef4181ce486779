import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { hugePages, loadFile, loadFiles, type LoadMethod, saveBuffer } from "../../copy/mod.ts";
import { describeError } from "../../terminal/report_error.ts";
import { openFile, sync, SystemError } from "../../ffi/mod.ts";
import { openDescriptors, randomFile } from "../ffi/_fixtures.ts";
import { faultyDisk } from "./_device_mapper.ts";
import {
  assertSame,
  content,
  MEMORIES,
  type Memory,
  type MemoryName,
  PAGE,
  PATCHED,
  randomBytes,
} from "./_guest.ts";

const MIB = 2 ** 20;
const BYTES = 12 * MIB;
const CHUNK = BigInt(2 * MIB);
const MARK_BYTES = 16;

/** A buffer, what fills it, and whether it bypasses the page cache. */
const WAYS: [MemoryName, LoadMethod, boolean][] = [
  ["memfd", "read", true],
  ["memfd", "read", false],
  ["memfd", "io_uring", true],
  ["memfd", "io_uring", false],
  ["memfd", "sendfile", false],
  ["memfd", "sendfile", true],
  ["memfd", "splice", false],
  ["memfd", "splice", true],
  ["udmabuf through its memfd", "read", true],
  ["udmabuf through its dma-buf", "read", false],
  ["udmabuf through its dma-buf", "bounce", true],
  ["dmabuf", "read", false],
  ["dmabuf", "bounce", true],
  ...(PATCHED
    ? [["memfd", "copy_file_range"], ["udmabuf through its dma-buf", "copy_file_range"], [
      "dmabuf",
      "copy_file_range",
    ]] as const
    : [])
    .flatMap(([kind, method]): [MemoryName, LoadMethod, boolean][] => [
      [kind, method, true],
      [kind, method, false],
    ]),
];

/** Random data whose pages each begin with the same mark and their number. */
function markedData(): { data: Uint8Array<ArrayBuffer>; mark: Uint8Array } {
  const data = randomBytes(BYTES);
  const mark = randomBytes(MARK_BYTES);
  const view = new DataView(data.buffer);
  for (let at = 0; at < BYTES; at += PAGE) {
    data.set(mark, at);
    view.setUint32(at + MARK_BYTES, at / PAGE);
  }
  return { data, mark };
}

/** Where on the disk a page from the midst of the file is: an offset of the device. */
function findOnDisk(device: string, mark: Uint8Array): number {
  using disk = Deno.openSync(device);
  const page = new Uint8Array(PAGE);
  const size = disk.seekSync(0, Deno.SeekMode.End);
  for (let at = 0; at < size; at += MIB) {
    disk.seekSync(at, Deno.SeekMode.Start);
    disk.readSync(page);
    if (!mark.every((byte, i) => page[i] === byte)) continue;
    const number = new DataView(page.buffer).getUint32(MARK_BYTES);
    if (number > BYTES / PAGE / 3 && number < BYTES / PAGE * 2 / 3) return at;
  }
  throw new Error(`the file is not on ${device}`);
}

function dropCaches(): void {
  Deno.writeTextFileSync("/proc/sys/vm/drop_caches", "3");
}

Deno.test("loadFile() ends at a sector that the disk can't read, by every way", async (test) => {
  using disk = faultyDisk();
  const path = "/data/marked.bin";
  const { data, mark } = markedData();
  Deno.writeFileSync(path, data);
  {
    using file = openFile(path);
    sync(file).sync();
  }
  const at = findOnDisk(disk.path, mark);

  for (const [memory, method, direct] of WAYS) {
    const { kind: to, ...through }: Memory = MEMORIES[memory];
    const way = `${memory} ${direct ? "direct" : "buffered"} ${method}`;
    await test.step(way, async () => {
      const before = openDescriptors();
      const options = { to, ...through, method, direct, chunkBytes: CHUNK };
      disk.damage(at, PAGE);
      dropCaches();
      const error = await assertRejects(() => loadFile(path, options), SystemError);
      assertEquals(error.code, "EIO");
      assertMatch(describeError(error), /^dmacopy: .*marked\.bin.* EIO .*: see dmesg.*$/);
      disk.repair();
      {
        using loaded = await loadFile(path, options);
        assertEquals([loaded.method, loaded.direct], [method, direct]);
        assertSame(content(loaded.buffer).subarray(0, BYTES), data);
      }
      assertEquals(openDescriptors(), before);
    });
  }

  await test.step("verification", async () => {
    const before = openDescriptors();
    const onProgress = ({ bytes }: { bytes: bigint }) => {
      if (bytes < BYTES) return;
      disk.damage(at, PAGE);
      dropCaches();
    };
    const options = { to: "memfd", verify: true, onProgress } as const;
    const error = await assertRejects(() => loadFile(path, options), SystemError);
    assertEquals([error.code, openDescriptors()], ["EIO", before]);
  });
});

Deno.test("loadFiles() gives all huge pages back when they run out in the midst of it", async () => {
  const { free, bytes } = hugePages();
  assert(free > 4, `${free} huge pages`);
  const before = openDescriptors();
  // More than half of them each: the first file's are taken by the time that the second wants its.
  using first = randomFile((Math.floor(free / 2) + 1) * bytes);
  using second = randomFile((Math.floor(free / 2) + 1) * bytes);
  const paths = [first.path, second.path];
  for (const to of ["memfd", "udmabuf"] as const) {
    const loading = () => loadFiles(paths, { to, pages: "hugetlb" });
    await assertRejects(loading, Error, "");
    assertEquals([hugePages().free, openDescriptors()], [free, before]);
    using alone = await loadFiles([first.path], { to, pages: "hugetlb", verify: true });
    assertEquals(alone.files[0]?.verified, true);
  }
});

Deno.test("saveBuffer() to a filesystem that knows no files without a name leaves none behind", async () => {
  using file = randomFile(MIB);
  using loaded = await loadFile(file.path, { to: "memfd" });
  const folder = Deno.makeTempDirSync({ dir: "/job" });
  const seen = new Set<string>();
  const list = () => [...Deno.readDirSync(folder)].map(({ name }) => name);
  const save = (onProgress: () => void) =>
    saveBuffer(loaded.buffer, `${folder}/out`, { bytes: loaded.bytes, onProgress });
  await save(() => list().forEach((name) => seen.add(name)));
  assertMatch([...seen].join(), /^\.out\.[0-9a-f]{8}\.part$/);
  assertSame(Deno.readFileSync(`${folder}/out`), file.data);
  await assertRejects(
    () =>
      save(() => {
        throw new Error("enough");
      }),
    Error,
    "enough",
  );
  assertEquals(list(), ["out"]);
  Deno.removeSync(folder, { recursive: true });
});
