import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createBuffer, type Method, type MethodName, methods } from "../../copy/mod.ts";
import { addSeals, createPipe, openFile, pageBytes, SystemError } from "../../ffi/mod.ts";
import type { SharedBuffer } from "../../copy/mod.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

/** Those that every kernel has. */
const NAMES: MethodName[] = ["read", "sendfile", "splice"];
const PAGE = Number(pageBytes());

function content(buffer: SharedBuffer): Uint8Array {
  return Deno.readFileSync(`/proc/self/fd/${buffer.io.number}`);
}

type Form = "load" | "loadAsync";
type StoreForm = "store" | "storeAsync";

/** A small pipe, so that splice has to fill it many times. */
function make(name: MethodName): Method {
  return methods[name]({ chunkBytes: 65536n });
}

for (const name of NAMES) {
  for (const direct of [false, true]) {
    const io = direct ? "direct" : "buffered";

    for (const form of ["load", "loadAsync"] as Form[]) {
      Deno.test(`${name} ${form}() loads a whole file, ${io}, up to its unaligned end`, async () => {
        using file = randomFile(300 * PAGE + 123);
        using opened = openFile(file.path, { direct });
        using buffer = createBuffer("memfd", BigInt(file.data.length));
        using method = make(name);
        const range = { fileOffset: 0n, bufferOffset: 0n, bytes: buffer.bytes };
        assertEquals(await method[form](opened, buffer, range), BigInt(file.data.length));
        assertEquals(content(buffer).subarray(0, file.data.length), file.data);
        assertEquals(content(buffer).subarray(file.data.length).every((byte) => byte === 0), true);
      });
    }

    Deno.test(`${name} load() touches the range alone, ${io}`, () => {
      using file = randomFile(64 * PAGE);
      using opened = openFile(file.path, { direct });
      using buffer = createBuffer("memfd", BigInt(64 * PAGE));
      using method = make(name);
      const range = {
        fileOffset: BigInt(3 * PAGE),
        bufferOffset: BigInt(7 * PAGE),
        bytes: BigInt(20 * PAGE),
      };
      assertEquals(method.load(opened, buffer, range), range.bytes);
      const expected = new Uint8Array(64 * PAGE);
      expected.set(file.data.subarray(3 * PAGE, 23 * PAGE), 7 * PAGE);
      assertEquals(content(buffer), expected);
    });

    for (const form of ["store", "storeAsync"] as StoreForm[]) {
      Deno.test(`${name} ${form}() brings back what load() took, ${io}`, async () => {
        using file = randomFile(100 * PAGE);
        using copy = randomFile(50 * PAGE);
        using from = openFile(file.path);
        using to = openFile(copy.path, { access: "write", direct });
        using buffer = createBuffer("memfd", BigInt(100 * PAGE));
        using method = make(name);
        method.load(from, buffer, { fileOffset: 0n, bufferOffset: 0n, bytes: buffer.bytes });
        const range = {
          fileOffset: BigInt(2 * PAGE),
          bufferOffset: BigInt(30 * PAGE),
          bytes: BigInt(60 * PAGE),
        };
        assertEquals(await method[form](to, buffer, range), range.bytes);
        const expected = new Uint8Array(62 * PAGE);
        expected.set(copy.data.subarray(0, 2 * PAGE));
        expected.set(file.data.subarray(30 * PAGE, 90 * PAGE), 2 * PAGE);
        assertEquals(Deno.readFileSync(copy.path), expected);
      });
    }
  }

  Deno.test(`${name} moves ranges that are aligned to nothing`, () => {
    using file = randomFile(50_001);
    using copy = randomFile(0);
    using from = openFile(file.path);
    using to = openFile(copy.path, { access: "write" });
    using buffer = createBuffer("memfd", 50_001n);
    using method = make(name);
    const range = { fileOffset: 33n, bufferOffset: 5n, bytes: 40_007n };
    assertEquals(method.load(from, buffer, range), range.bytes);
    assertEquals(content(buffer).subarray(5, 40_012), file.data.subarray(33, 40_040));
    assertEquals(method.store(to, buffer, { ...range, fileOffset: 0n }), range.bytes);
    assertEquals(Deno.readFileSync(copy.path), file.data.subarray(33, 40_040));
  });

  Deno.test(`${name} moves nothing for zero bytes and beyond the file's end`, () => {
    using file = randomFile(PAGE);
    using opened = openFile(file.path);
    using buffer = createBuffer("memfd", BigInt(PAGE));
    using method = make(name);
    assertEquals(
      method.load(opened, buffer, { fileOffset: 0n, bufferOffset: 0n, bytes: 0n }),
      0n,
    );
    assertEquals(
      method.load(opened, buffer, { fileOffset: BigInt(PAGE), bufferOffset: 0n, bytes: 1n }),
      0n,
    );
    assertEquals(content(buffer), new Uint8Array(PAGE));
  });

  Deno.test(`${name} refuses ranges outside the buffer`, async () => {
    using file = randomFile(PAGE);
    using opened = openFile(file.path);
    using buffer = createBuffer("memfd", BigInt(PAGE));
    using method = make(name);
    const beyond = { fileOffset: 0n, bufferOffset: 1n, bytes: BigInt(PAGE) };
    const message = `${PAGE} bytes at 1 don't fit into a buffer of ${PAGE} bytes`;
    assertThrows(() => method.load(opened, buffer, beyond), RangeError, message);
    await assertRejects(() => method.storeAsync(opened, buffer, beyond), RangeError, message);
    const negative = { fileOffset: -1n, bufferOffset: 0n, bytes: 1n };
    assertThrows(() => method.load(opened, buffer, negative), RangeError, "negative");
  });

  Deno.test(`${name} refuses descriptors of the wrong direction`, () => {
    using file = randomFile(PAGE);
    using readOnly = openFile(file.path);
    using writeOnly = openFile(file.path, { access: "write" });
    using buffer = createBuffer("memfd", BigInt(PAGE));
    using method = make(name);
    const range = { fileOffset: 0n, bufferOffset: 0n, bytes: BigInt(PAGE) };
    const load = assertThrows(() => method.load(writeOnly, buffer, range), SystemError);
    const store = assertThrows(() => method.store(readOnly, buffer, range), SystemError);
    assertEquals([load.code, store.code], ["EBADF", "EBADF"]);
    assertEquals(Deno.readFileSync(file.path), file.data);
  });

  Deno.test(`${name} leaves no descriptor behind`, () => {
    const before = openDescriptors();
    make(name)[Symbol.dispose]();
    assertNoneLeft(before);
  });
}

for (const name of ["sendfile", "splice"] as const) {
  Deno.test(`${name} load() respects a seal against writing, and works afterwards`, () => {
    using file = randomFile(10 * PAGE);
    using opened = openFile(file.path);
    using sealed = createBuffer("memfd", BigInt(10 * PAGE));
    // "write" is refused while a writable mapping exists.
    addSeals(sealed.io, ["future-write"]);
    using method = make(name);
    const range = { fileOffset: 0n, bufferOffset: 0n, bytes: sealed.bytes };
    const error = assertThrows(() => method.load(opened, sealed, range), SystemError);
    assertEquals(error.code, "EPERM");
    assertEquals(content(sealed), new Uint8Array(10 * PAGE));

    using other = randomFile(10 * PAGE);
    using otherOpened = openFile(other.path);
    using open = createBuffer("memfd", BigInt(10 * PAGE));
    assertEquals(method.load(otherOpened, open, range), open.bytes);
    assertEquals(content(open), other.data);
  });
}

Deno.test("splice works with a pipe smaller than the chunk", () => {
  using file = randomFile(3 << 20);
  using opened = openFile(file.path);
  using buffer = createBuffer("memfd", 3n << 20n);
  using method = methods.splice({ chunkBytes: BigInt(PAGE) });
  using pipe = createPipe(PAGE);
  assertEquals(pipe.bytes, PAGE);
  const range = { fileOffset: 0n, bufferOffset: 0n, bytes: buffer.bytes };
  assertEquals(method.load(opened, buffer, range), buffer.bytes);
  assertEquals(content(buffer), file.data);
});

Deno.test("c_f_r copies, or says that the kernel can't", () => {
  using file = randomFile(10 * PAGE);
  using opened = openFile(file.path);
  using buffer = createBuffer("memfd", BigInt(10 * PAGE));
  using method = methods.copy_file_range();
  const range = { fileOffset: 0n, bufferOffset: 0n, bytes: buffer.bytes };
  try {
    assertEquals(method.load(opened, buffer, range), buffer.bytes);
    assertEquals(content(buffer), file.data);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    assertEquals(
      error.message,
      `copy_file_range ${file.path} → memfd: EXDEV (Invalid cross-device link)`,
    );
    assertEquals(content(buffer), new Uint8Array(10 * PAGE));
  }
});

Deno.test("c_f_r copies both ways at offsets within one filesystem", () => {
  // A buffer's descriptor stands in for the file: memfds share a filesystem, which any kernel copies.
  using file = randomFile(10 * PAGE);
  using opened = openFile(file.path);
  using source = createBuffer("memfd", BigInt(10 * PAGE));
  using buffer = createBuffer("memfd", BigInt(10 * PAGE));
  using readWrite = methods.read();
  readWrite.load(opened, source, { fileOffset: 0n, bufferOffset: 0n, bytes: source.bytes });
  using method = methods.copy_file_range();
  const range = { fileOffset: 4096n, bufferOffset: 100n, bytes: 5000n };
  assertEquals(method.load(source.io, buffer, range), range.bytes);
  assertEquals(content(buffer).subarray(100, 5100), file.data.subarray(4096, 9096));
  assertEquals(method.store(source.io, buffer, { ...range, fileOffset: 0n }), range.bytes);
  assertEquals(content(source).subarray(0, 5000), file.data.subarray(4096, 9096));
});
