import { assertEquals } from "@std/assert";
import { methods } from "../../copy/mod.ts";
import {
  addSeals,
  allocateFromHeap,
  type Descriptor,
  Mapping,
  readAt,
  seek,
  sendfile,
  writeAt,
} from "../../ffi/mod.ts";
import {
  assertSame,
  bufferOf,
  content,
  diskFile,
  DMA_BUFS,
  memfdOf,
  PAGE,
  patched,
  randomBelow,
  randomBytes,
  refusal,
  scribble,
  write,
} from "./_guest.ts";

/** Tests of kernel/series-rw-iter: lab test --kernel rw-iter --filter "that is read and written" */
const ignore = !Deno.osRelease().includes("rw-iter");
const PAGES = 16;

/** Reads, writes and sends at offsets, with memory of the test's own. */
class Own implements Disposable {
  readonly #mapping = new Mapping(null, BigInt(2 * PAGES * PAGE));

  write(to: Descriptor, data: Uint8Array, offset: number): number {
    write(data, this.#mapping);
    return Number(writeAt(to, this.#range(data.length, offset)).sync());
  }

  read(from: Descriptor, bytes: number, offset: number): Uint8Array {
    const out = new Uint8Array(Number(readAt(from, this.#range(bytes, offset)).sync()));
    this.#mapping.peek(0n, out);
    return out;
  }

  #range(bytes: number, offset: number) {
    return { address: this.#mapping.address, bytes: BigInt(bytes), offset: BigInt(offset) };
  }

  [Symbol.dispose](): void {
    this.#mapping.close();
  }
}

for (const [name, create] of Object.entries(DMA_BUFS)) {
  Deno.test({
    name: `a ${name} that is read and written at any offset gives what is there`,
    ignore,
    fn() {
      using own = new Own();
      using buffer = create(PAGES * PAGE);
      let memory: Uint8Array = scribble(buffer);
      for (let i = 0; i < 60; i++) {
        const [offset, asked] = [randomBelow(memory.length), 1 + randomBelow(5 * PAGE)];
        const bytes = Math.min(asked, memory.length - offset);
        if (i % 2) {
          assertSame(own.read(buffer.io, asked, offset), memory.subarray(offset, offset + bytes));
          continue;
        }
        const data = randomBytes(asked);
        assertEquals(own.write(buffer.io, data, offset), bytes);
        memory = patched(memory, data, { fromOffset: 0, toOffset: offset, bytes });
      }
      assertSame(content(buffer), memory);
    },
  });

  Deno.test({
    name: `a ${name} that is read and written has an end`,
    ignore,
    fn() {
      using own = new Own();
      using buffer = create(PAGES * PAGE);
      const before = scribble(buffer);
      const end = before.length;
      assertEquals(own.read(buffer.io, PAGE, end).length, 0);
      assertEquals(refusal(() => own.write(buffer.io, before.subarray(0, PAGE), end)), "EFBIG");
      assertEquals(own.write(buffer.io, before.subarray(0, PAGE), end - 7), 7);
      const after = patched(before, before, { fromOffset: 0, toOffset: end - 7, bytes: 7 });
      assertSame(content(buffer), after);
    },
  });

  for (const direct of [false, true]) {
    const way = direct ? "a direct" : "a buffered";

    for (
      const [how, move] of Object.entries({ sendfile: methods.sendfile, splice: methods.splice })
    ) {
      Deno.test({
        name: `a ${name} that is read and written takes ${way} file by ${how}, and gives it back`,
        ignore,
        fn() {
          using method = move({ chunkBytes: 1n << 20n });
          using disk = diskFile(PAGES * PAGE, { direct });
          using buffer = create(PAGES * PAGE);
          const before = scribble(buffer);
          const range = {
            fileOffset: BigInt(PAGE),
            bufferOffset: BigInt(3 * PAGE),
            bytes: BigInt(9 * PAGE),
          };
          assertEquals(method.load(disk.file, buffer, range), range.bytes);
          const [fromOffset, toOffset, bytes] = [PAGE, 3 * PAGE, 9 * PAGE];
          const after = patched(before, disk.data, { fromOffset, toOffset, bytes });
          assertSame(content(buffer), after);
          const back = { ...range, fileOffset: 0n, bufferOffset: 0n };
          assertEquals(method.store(disk.file, buffer, back), range.bytes);
          const stored = patched(disk.data, after, { fromOffset: 0, toOffset: 0, bytes });
          assertSame(Deno.readFileSync(disk.path), stored);
        },
      });
    }
  }
}

Deno.test({
  name: "a udmabuf that is read and written is refused with EPERM once its memfd is sealed",
  ignore,
  fn() {
    using own = new Own();
    using buffer = bufferOf("udmabuf", PAGES * PAGE);
    const before = scribble(buffer);
    addSeals(buffer.memfd!, ["future-write"]);
    const data = randomBytes(PAGE);
    assertEquals(refusal(() => own.write(buffer.io, data, 0)), "EPERM");
    assertSame(own.read(buffer.io, PAGE, PAGE), before.subarray(PAGE, 2 * PAGE));
    using file = memfdOf(data);
    seek(buffer.io, 0n);
    const send = () => sendfile({ from: file, to: buffer.io, bytes: BigInt(PAGE), fromOffset: 0n });
    assertEquals(refusal(() => send().sync()), "EPERM");
    assertSame(content(buffer), before);
  },
});

Deno.test({
  name: "a dmabuf that is read and written reaches either side of 2 and 4 GiB",
  ignore,
  fn() {
    using own = new Own();
    const bytes = 4 * 2 ** 30 + 64 * PAGE;
    using dmaBuf = allocateFromHeap("system", BigInt(bytes));
    const data = randomBytes(4 * PAGE);
    for (const offset of [2 ** 31 - 2 * PAGE, 2 ** 32 - 2 * PAGE - 1, bytes - 4 * PAGE]) {
      assertEquals(own.write(dmaBuf, data, offset), data.length);
      assertSame(own.read(dmaBuf, data.length, offset), data);
    }
  },
});
