import { assertEquals } from "@std/assert";
import { seek } from "../../ffi/mod.ts";
import {
  assertSame,
  content,
  copy,
  diskFile,
  DMA_BUFS,
  PAGE,
  PATCHED,
  patched,
  randomBelow,
  refusal,
  scribble,
  SECTOR,
} from "./_guest.ts";

const ignore = !PATCHED;
const PAGES = 16;

for (const [name, create] of Object.entries(DMA_BUFS)) {
  for (const direct of [false, true]) {
    const way = `${direct ? "direct" : "buffered"} copy_file_range()`;

    for (const tail of [1, 511, 512, 513, 4095, 4096]) {
      Deno.test({
        name:
          `${way} into a ${name} reaches the last byte of a file that ends ${tail} bytes into a page, and no further`,
        ignore,
        fn() {
          const size = 3 * PAGE + tail;
          using disk = diskFile(size, { direct });
          using buffer = create(PAGES * PAGE);
          for (const fromOffset of [0, SECTOR, PAGE, 3 * PAGE]) {
            for (const toOffset of [0, SECTOR, 2 * PAGE, 5 * PAGE + SECTOR]) {
              const before = scribble(buffer);
              const bytes = size - fromOffset;
              // Asking for more than there is gives what there is.
              for (const asked of [bytes, bytes + 1, PAGES * PAGE]) {
                const copied = copy([disk.file, fromOffset], [buffer.io, toOffset], asked);
                assertEquals(copied, bytes, `${asked} bytes of ${fromOffset} to ${toOffset}`);
              }
              const after = patched(before, disk.data, { fromOffset, toOffset, bytes });
              assertSame(content(buffer), after, `${fromOffset} to ${toOffset}`);
            }
          }
        },
      });
    }

    Deno.test({
      name: `${way} between a file and a ${name} is short at the end of either`,
      ignore,
      fn() {
        using disk = diskFile(4 * PAGE, { direct });
        using buffer = create(PAGES * PAGE);
        const size = Number(buffer.bytes);
        const before = scribble(buffer);
        const last = size - PAGE;
        assertEquals(copy([disk.file, 0], [buffer.io, last], 4 * PAGE), PAGE);
        const after = patched(before, disk.data, { fromOffset: 0, toOffset: last, bytes: PAGE });
        assertSame(content(buffer), after);
        assertEquals(copy([buffer.io, last], [disk.file, PAGE], 4 * PAGE), PAGE);
        const file = patched(disk.data, disk.data, { fromOffset: 0, toOffset: PAGE, bytes: PAGE });
        assertSame(Deno.readFileSync(disk.path), file);
      },
    });

    Deno.test({
      name: `${way} between a file and a ${name} copies nothing at and behind their ends`,
      ignore,
      fn() {
        using disk = diskFile(4 * PAGE, { direct });
        using buffer = create(PAGES * PAGE);
        const size = Number(buffer.bytes);
        const before = scribble(buffer);
        for (const end of [size, size + 1, size + PAGE, 2 ** 40]) {
          assertEquals(refusal(() => copy([disk.file, 0], [buffer.io, end], PAGE)), "EFBIG");
          assertEquals(copy([disk.file, 0], [buffer.io, end], 0), 0);
          assertEquals(copy([buffer.io, end], [disk.file, 0], PAGE), 0);
        }
        for (const end of [4 * PAGE, 4 * PAGE + 1, 2 ** 40]) {
          assertEquals(copy([disk.file, end], [buffer.io, 0], PAGE), 0);
        }
        assertEquals(copy([disk.file, 0], [buffer.io, 0], 0), 0);
        assertEquals(copy([buffer.io, 0], [disk.file, 0], 0), 0);
        assertSame(content(buffer), before);
        assertSame(Deno.readFileSync(disk.path), disk.data);
      },
    });
  }

  Deno.test({
    name: `buffered copy_file_range() between a file and a ${name} takes any offsets and lengths`,
    ignore,
    fn() {
      using disk = diskFile(PAGES * PAGE - 777);
      using buffer = create(PAGES * PAGE);
      let memory: Uint8Array = scribble(buffer);
      let file = disk.data;
      for (let i = 0; i < 40; i++) {
        const [fileOffset, bufferOffset] = [randomBelow(file.length), randomBelow(memory.length)];
        const asked = 1 + randomBelow(6 * PAGE);
        const where = `${asked} bytes, file ${fileOffset}, buffer ${bufferOffset}`;
        if (i % 2) {
          const bytes = Math.min(asked, file.length - fileOffset, memory.length - bufferOffset);
          const copied = copy([disk.file, fileOffset], [buffer.io, bufferOffset], asked);
          assertEquals(copied, bytes, where);
          const range = { fromOffset: fileOffset, toOffset: bufferOffset, bytes };
          memory = patched(memory, file, range);
        } else {
          const bytes = Math.min(asked, memory.length - bufferOffset);
          const copied = copy([buffer.io, bufferOffset], [disk.file, fileOffset], asked);
          assertEquals(copied, bytes, where);
          const range = { fromOffset: bufferOffset, toOffset: fileOffset, bytes };
          file = patched(file, memory, range);
        }
        assertSame(content(buffer), memory, where);
        assertSame(Deno.readFileSync(disk.path), file, where);
      }
    },
  });

  Deno.test({
    name: `direct copy_file_range() between a file and a ${name} refuses what is not aligned`,
    ignore,
    fn() {
      using disk = diskFile(8 * PAGE + 5, { direct: true });
      using buffer = create(PAGES * PAGE);
      const before = scribble(buffer);
      const ranges: [fileOffset: number, bufferOffset: number, bytes: number][] = [
        [1, 0, PAGE],
        [SECTOR - 1, 0, PAGE],
        [0, 1, PAGE],
        [0, SECTOR + 4, PAGE],
      ];
      // A load may end anywhere.
      const odd: typeof ranges = [[0, 0, PAGE + 1], [0, 0, 100], [SECTOR, SECTOR, 2 * SECTOR - 1]];
      for (const [fileOffset, bufferOffset, bytes] of [...ranges, ...odd]) {
        const [a, b] = [[disk.file, fileOffset], [buffer.io, bufferOffset]] as const;
        const where = `${bytes} bytes, file ${fileOffset}, buffer ${bufferOffset}`;
        assertEquals(refusal(() => copy([...b], [...a], bytes)), "EINVAL", `store ${where}`);
        if (odd.some((range) => range[2] === bytes)) continue;
        assertEquals(refusal(() => copy([...a], [...b], bytes)), "EINVAL", `load ${where}`);
      }
      assertSame(content(buffer), before);
      for (const [fromOffset, toOffset, bytes] of odd) {
        const before = scribble(buffer);
        assertEquals(copy([disk.file, fromOffset], [buffer.io, toOffset], bytes), bytes);
        assertSame(content(buffer), patched(before, disk.data, { fromOffset, toOffset, bytes }));
      }
      assertSame(Deno.readFileSync(disk.path), disk.data);
    },
  });

  Deno.test({
    name: `direct copy_file_range() from a ${name} writes sectors of a file, and no other byte`,
    ignore,
    fn() {
      using disk = diskFile(PAGES * PAGE, { direct: true });
      using buffer = create(PAGES * PAGE);
      const memory = scribble(buffer);
      let file = disk.data;
      for (const sectors of [1, 3, 8, 17]) {
        for (const [fromOffset, toOffset] of [[0, SECTOR], [3 * SECTOR, 0], [PAGE, 9 * PAGE]]) {
          const range = { fromOffset: fromOffset!, toOffset: toOffset!, bytes: sectors * SECTOR };
          const { bytes } = range;
          const copied = copy([buffer.io, range.fromOffset], [disk.file, range.toOffset], bytes);
          assertEquals(copied, bytes);
          file = patched(file, memory, range);
          assertSame(Deno.readFileSync(disk.path), file, JSON.stringify(range));
        }
      }
      assertSame(content(buffer), memory);
    },
  });
}

for (const [name, create] of Object.entries(DMA_BUFS)) {
  Deno.test({
    name: `copy_file_range() without offsets uses and moves the positions of a file and a ${name}`,
    ignore,
    fn() {
      using disk = diskFile(4 * PAGE);
      using buffer = create(PAGES * PAGE);
      const before = scribble(buffer);
      const position = ({ number }: { number: number }) =>
        Number(Deno.readTextFileSync(`/proc/self/fdinfo/${number}`).match(/^pos:\s+(\d+)/)?.[1]);
      const here = -1;
      assertEquals(copy([disk.file, here], [buffer.io, here], PAGE), PAGE);
      assertEquals(copy([disk.file, here], [buffer.io, here], 100), 100);
      assertEquals([position(disk.file), position(buffer.io)], [PAGE + 100, PAGE + 100]);
      // One given, one not: the given one's position stays.
      assertEquals(copy([disk.file, 0], [buffer.io, here], 100), 100);
      assertEquals([position(disk.file), position(buffer.io)], [PAGE + 100, PAGE + 200]);
      let after = patched(before, disk.data, { fromOffset: 0, toOffset: 0, bytes: PAGE + 100 });
      after = patched(after, disk.data, { fromOffset: 0, toOffset: PAGE + 100, bytes: 100 });
      assertSame(content(buffer), after);
      // At the end nothing moves.
      assertEquals(copy([disk.file, here], [buffer.io, here], 10 * PAGE), 3 * PAGE - 100);
      assertEquals(copy([disk.file, here], [buffer.io, here], PAGE), 0);
      assertEquals([position(disk.file), position(buffer.io)], [4 * PAGE, 4 * PAGE + 100]);
      // There is a way back to the start.
      seek(buffer.io, 0n);
      assertEquals(copy([disk.file, 0], [buffer.io, here], 100), 100);
      assertEquals(position(buffer.io), 100);
    },
  });
}
