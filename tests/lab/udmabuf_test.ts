import { assert, assertEquals } from "@std/assert";
import type { PageKind } from "../../copy/mod.ts";
import {
  addSeals,
  createMemfd,
  createUdmabufOf,
  Descriptor,
  Mapping,
  type MemfdPart,
  resize,
} from "../../ffi/mod.ts";
import {
  assertSame,
  copy,
  diskFile,
  HUGE_PAGE,
  PAGE,
  PATCHED,
  randomBytes,
  sealedMemfd,
  SECTOR,
  write,
} from "./_guest.ts";

const ignore = !PATCHED;
const BYTES = 3 * HUGE_PAGE;

/** Parts at odd pages, within, up to and across huge pages; the first two pages occur twice. */
const PARTS: [memfd: number, page: number, pages: number][] = [
  [0, 3, 700],
  [1, 511, 2],
  [0, 0, 2],
  [1, 1, 1],
  [0, 1535, 1],
  [1, 3, 2],
  [0, 1024, 513 - 3],
  [1, 700, 333],
];
const REPEATED: [memfd: number, page: number, pages: number][] = [[0, 4, 9], [0, 4, 9], [0, 7, 1]];

type Memfds = { memfd: Descriptor; data: Uint8Array; content(): Uint8Array }[];

function udmabufOf(memfds: Memfds, parts: typeof PARTS): Descriptor {
  return createUdmabufOf(parts.map(([memfd, page, pages]): MemfdPart => ({
    memfd: memfds[memfd]!.memfd,
    offset: BigInt(page * PAGE),
    bytes: BigInt(pages * PAGE),
  })));
}

const sizeOf = (parts: typeof PARTS) => parts.reduce((sum, [, , pages]) => sum + pages * PAGE, 0);

/** The content of a udmabuf of parts of memfds. */
function view(contents: Uint8Array[], parts: typeof PARTS): Uint8Array {
  const out = new Uint8Array(sizeOf(parts));
  let at = 0;
  for (const [memfd, page, pages] of parts) {
    out.set(contents[memfd]!.subarray(page * PAGE, (page + pages) * PAGE), at);
    at += pages * PAGE;
  }
  return out;
}

/** Writes to that view as the kernel should: into the memfds' content. */
function writeView(
  contents: Uint8Array[],
  parts: typeof PARTS,
  { data, offset }: { data: Uint8Array; offset: number },
): void {
  let at = 0;
  for (const [memfd, page, pages] of parts) {
    const [start, end] = [Math.max(at, offset), Math.min(at + pages * PAGE, offset + data.length)];
    if (start < end) {
      contents[memfd]!.set(data.subarray(start - offset, end - offset), page * PAGE + start - at);
    }
    at += pages * PAGE;
  }
}

for (const pages of ["4k", "thp", "hugetlb"] as PageKind[]) {
  for (const direct of [false, true]) {
    const way = `${direct ? "direct" : "buffered"} copy_file_range()`;

    Deno.test({
      name: `${way} finds the pages of a udmabuf of many parts of memfds of ${pages} pages`,
      ignore,
      fn() {
        const total = sizeOf(PARTS);
        using disk = diskFile(total, { direct });
        using a = sealedMemfd(BYTES, pages);
        using b = sealedMemfd(BYTES, pages);
        if (pages === "thp") assert(hugeShmemBytes() >= 2 * BYTES, "there are no huge pages");
        using udmabuf = udmabufOf([a, b], PARTS);
        using back = diskFile(total, { direct });

        assertEquals(copy([udmabuf, 0], [back.file, 0], total), total);
        const contents: Uint8Array[] = [a.data.slice(), b.data.slice()];
        assertSame(Deno.readFileSync(back.path), view(contents, PARTS));

        const ranges = [[0, total], [SECTOR, 700 * PAGE], [699 * PAGE, 7 * PAGE], [
          702 * PAGE + SECTOR,
          3 * PAGE,
        ]];
        for (const [offset = 0, bytes = 0] of ranges) {
          const fromOffset = total - bytes;
          assertEquals(copy([disk.file, fromOffset], [udmabuf, offset], bytes), bytes);
          const data = disk.data.subarray(fromOffset);
          writeView(contents, PARTS, { data, offset });
          assertSame(a.content(), contents[0]!);
          assertSame(b.content(), contents[1]!);
          assertEquals(copy([udmabuf, offset], [back.file, 0], bytes), bytes);
          assertSame(Deno.readFileSync(back.path).subarray(0, bytes), data);
        }
      },
    });

    Deno.test({
      name: `${way} into pages of ${pages} that a udmabuf has twice leaves either's data, whole`,
      ignore,
      fn() {
        const total = sizeOf(REPEATED);
        using disk = diskFile(total, { direct });
        using behind = sealedMemfd(HUGE_PAGE, pages);
        using udmabuf = udmabufOf([behind], REPEATED);
        assertEquals(copy([disk.file, 0], [udmabuf, 0], total), total);
        const content = behind.content();
        const sector = (data: Uint8Array, at: number) => data.subarray(at, at + SECTOR);
        const same = (a: Uint8Array, b: Uint8Array) => a.every((byte, i) => byte === b[i]);
        for (let at = 0; at < content.length; at += SECTOR) {
          const page = Math.floor(at / PAGE);
          const candidates = sourcesOf(page).map((start) => sector(disk.data, start + at % PAGE));
          if (candidates.length === 0) candidates.push(sector(behind.data, at));
          assert(candidates.some((data) => same(data, sector(content, at))), `at ${at}`);
        }
        // Both places show the same.
        using back = diskFile(total, { direct });
        assertEquals(copy([udmabuf, 0], [back.file, 0], total), total);
        assertSame(Deno.readFileSync(back.path), view([content], REPEATED));
      },
    });
  }
}

/** Where in a file that fills {@linkcode REPEATED} a page's data may have come from. */
function sourcesOf(page: number): number[] {
  let at = 0;
  return REPEATED.flatMap(([, first, pages]) => {
    const start = at;
    at += pages * PAGE;
    return page >= first && page < first + pages ? [start + (page - first) * PAGE] : [];
  });
}

Deno.test({
  name: "what was written to a udmabuf alone is still in its memfd once the udmabuf is closed",
  ignore,
  fn() {
    using memfd = createMemfd("test");
    addSeals(memfd, ["shrink"]);
    resize(memfd, BigInt(4 * PAGE));
    const data = randomBytes(4 * PAGE);
    {
      using disk = diskFile(2 * PAGE, { direct: true });
      using udmabuf = createUdmabufOf([{ memfd, offset: 0n, bytes: BigInt(4 * PAGE) }]);
      using mapping = new Mapping(udmabuf, BigInt(4 * PAGE));
      write(data, mapping);
      assertEquals(copy([disk.file, 0], [udmabuf, 2 * PAGE], 2 * PAGE), 2 * PAGE);
      data.set(disk.data, 2 * PAGE);
    }
    // Drops the pages that the kernel takes for clean.
    Deno.writeTextFileSync("/proc/sys/vm/drop_caches", "1");
    assertSame(Deno.readFileSync(`/proc/self/fd/${memfd.number}`), data);
  },
});

function hugeShmemBytes(): number {
  const meminfo = Deno.readTextFileSync("/proc/meminfo");
  return Number(meminfo.match(/^ShmemHugePages:\s+(\d+)/m)?.[1]) * 1024;
}
