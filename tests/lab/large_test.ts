import { assert, assertEquals } from "@std/assert";
import {
  allocateFromHeap,
  createUdmabufOf,
  Descriptor,
  Hash,
  Mapping,
  openFile,
  resize,
} from "../../ffi/mod.ts";
import {
  copy,
  diskFile,
  HUGE_PAGE,
  PAGE,
  PATCHED,
  randomBytes,
  sealedMemfd,
  SECTOR,
} from "./_guest.ts";

const ignore = !PATCHED;
const GIB = 2 ** 30;
/** Beyond what 32 bits count, and it ends within a sector. */
const LARGE = 4 * GIB + 192 * 2 ** 20 + 777;
/** The time that a signal may have to wait: the kernel's unit of work. */
const BATCH = 64 * 2 ** 20;
/** Where counting in too few bits would show. */
const EDGES = [0, 2 * GIB - 2 * PAGE, 4 * GIB - 2 * PAGE, 4 * GIB + 64 * 2 ** 20];

/** A sparse file of {@linkcode LARGE} bytes with data at the edges, and the XXH64 of it all. */
function largeFile(): { path: string; xxh64: string } & Disposable {
  const path = Deno.makeTempFileSync();
  using file = Deno.openSync(path, { write: true });
  file.truncateSync(LARGE);
  for (const offset of [...EDGES, LARGE - 3 * PAGE]) {
    file.seekSync(offset, Deno.SeekMode.Start);
    file.writeSync(randomBytes(offset === LARGE - 3 * PAGE ? 3 * PAGE : 4 * PAGE));
  }
  file.syncSync();
  // Past the page cache, but for what direct I/O does not give to just any memory: the end.
  using direct = openFile(path, { direct: true });
  using buffered = openFile(path);
  const hash = new Hash();
  const blocks = BigInt(LARGE - LARGE % PAGE);
  hash.file(direct, { bytes: blocks }).sync();
  assertEquals(hash.file(buffered, { offset: blocks, bytes: BigInt(PAGE) }).sync(), 777n);
  return { path, xxh64: hash.digest(), [Symbol.dispose]: () => Deno.removeSync(path) };
}

function digest(dmaBuf: Descriptor): string {
  const pages = Math.ceil(LARGE / PAGE);
  using mapping = new Mapping(dmaBuf, BigInt(pages * PAGE), { access: "read" });
  const hash = new Hash();
  hash.memory({ address: mapping.address, bytes: BigInt(LARGE) }).sync();
  return hash.digest();
}

Deno.test({
  name: "copy_file_range() of a file over 4 GiB into one dma-buf, whole or ended by signals",
  ignore,
  async fn(t) {
    using large = largeFile();
    using file = openFile(large.path, { direct: true });
    const heap = () => allocateFromHeap("system", BigInt(Math.ceil(LARGE / PAGE) * PAGE));

    await t.step("one call is enough, to the last byte", () => {
      using dmaBuf = heap();
      assertEquals(copy([file, 0], [dmaBuf, 0], LARGE), LARGE);
      assertEquals(digest(dmaBuf), large.xxh64);
    });

    await t.step("a signal ends a call early, with what was done", async () => {
      const handler = () => {};
      Deno.addSignalListener("SIGUSR1", handler);
      // To this very thread, which makes the calls.
      const thread = Deno.readLinkSync("/proc/thread-self").split("/").at(-1);
      const script = `while kill -USR1 ${thread}; do sleep 0.05; done`;
      const sender = new Deno.Command("sh", { args: ["-c", script], stderr: "null" }).spawn();
      try {
        using dmaBuf = heap();
        let done = 0;
        let calls = 0;
        for (; done < LARGE; calls++) {
          const copied = copy([file, done], [dmaBuf, done], LARGE - done);
          assert(copied > 0);
          done += copied;
          if (done < LARGE) assertEquals(done % BATCH, 0, "a call ends between units of work");
        }
        assert(calls > 2, `${calls} calls`);
        assertEquals(digest(dmaBuf), large.xxh64);
      } finally {
        sender.kill("SIGKILL");
        await sender.status;
        Deno.removeSignalListener("SIGUSR1", handler);
      }
    });
  },
});

for (const direct of [false, true]) {
  Deno.test({
    name: `${
      direct ? "direct" : "buffered"
    } copy_file_range() reaches either side of 2 and 4 GiB in a udmabuf and a file`,
    ignore,
    fn() {
      // Of no power of two, so that an offset cut to 32 bits shows other pages.
      const unit = 33 * HUGE_PAGE;
      using behind = sealedMemfd(unit, "hugetlb");
      const content = behind.data;
      using udmabuf = createUdmabufOf(
        Array.from({ length: 64 }, () => ({
          memfd: behind.memfd,
          offset: 0n,
          bytes: BigInt(unit),
        })),
      );
      using disk = diskFile(6 * PAGE, { direct });
      resize(disk.file, BigInt(5 * GIB));
      const end = 64 * unit;
      for (const offset of [...EDGES, end - 5 * PAGE]) {
        const [start, bytes] = [offset + SECTOR, 4 * PAGE];
        assertEquals(copy([disk.file, SECTOR], [udmabuf, start], bytes), bytes);
        content.set(disk.data.subarray(SECTOR, SECTOR + bytes), start % unit);
        assertEquals(copy([udmabuf, start], [disk.file, start + SECTOR], bytes), bytes);
        const stored = new Uint8Array(bytes);
        using file = Deno.openSync(disk.path);
        file.seekSync(start + SECTOR, Deno.SeekMode.Start);
        file.readSync(stored);
        assertEquals(stored, disk.data.slice(SECTOR, SECTOR + bytes), `at ${start}`);
        if (offset === 0) disk.data.set(stored, start + SECTOR);
      }
      assertEquals(copy([disk.file, 0], [udmabuf, end - PAGE], 2 * PAGE), PAGE);
      content.set(disk.data.subarray(0, PAGE), unit - PAGE);
      const hash = (data: Uint8Array<ArrayBuffer>) =>
        crypto.subtle.digest("SHA-256", data).then((digest) => new Uint8Array(digest));
      return Promise.all([hash(behind.content()), hash(content)]).then(([actual, expected]) =>
        assertEquals(actual, expected)
      );
    },
  });
}
