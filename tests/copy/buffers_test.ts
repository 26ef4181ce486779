import { assert, assertEquals, assertThrows } from "@std/assert";
import { bufferKinds, checksum, createBuffer } from "../../copy/mod.ts";
import { fileStatus, getSeals, Hash, openFile, pageBytes, SystemError } from "../../ffi/mod.ts";
import { methods } from "../../copy/mod.ts";
import { assertNoneLeft, mappingsOf, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

for (const kind of bufferKinds) {
  Deno.test(`createBuffer("${kind}") gives a mapped buffer, or the kernel's error, and leaks nothing`, () => {
    const [descriptors, mappings] = [openDescriptors(), mappingsOf("dmacopy")];
    try {
      // Lower than all that this process has mapped.
      const addressHint = 8n << 30n;
      const buffer = createBuffer(kind, 3n * pageBytes() + 1n, { addressHint });
      assertEquals(buffer.kind, kind);
      assertEquals(buffer.bytes, 4n * pageBytes());
      assertEquals(buffer.mapping.bytes, buffer.bytes);
      assertEquals(buffer.mapping.address, addressHint);
      buffer.cpuAccess("read-write")[Symbol.dispose]();
      buffer.close();
      buffer.close();
      assertThrows(() => buffer.io.number, TypeError, "closed");
      assertThrows(() => buffer.mapping.address, TypeError, "closed");
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // No such device here, or not for this user.
      assert(kind !== "memfd" && ["ENOENT", "EACCES"].includes(error.code), error.message);
    }
    assertNoneLeft(descriptors);
    assertEquals(mappingsOf("dmacopy"), mappings);
  });
}

Deno.test("createBuffer() makes a memfd sealed against shrinking, with nothing allocated", () => {
  using buffer = createBuffer("memfd", 1n << 20n);
  assertEquals(getSeals(buffer.io), ["shrink"]);
  assertEquals(fileStatus(buffer.io).bytes, 1n << 20n);
  assertEquals(Deno.statSync(`/proc/self/fd/${buffer.io.number}`).blocks, 0);
  assertEquals(buffer.share, buffer.io);
});

Deno.test("createBuffer() populates on request", () => {
  for (const pages of ["4k", "thp"] as const) {
    using buffer = createBuffer("memfd", 4n << 20n, { pages, populate: true });
    assertEquals(Deno.statSync(`/proc/self/fd/${buffer.io.number}`).blocks, (4 << 20) / 512);
  }
});

Deno.test("createBuffer() rounds up to one page at least", () => {
  using buffer = createBuffer("memfd", 0n);
  assertEquals(buffer.bytes, pageBytes());
  assertThrows(() => createBuffer("memfd", -1n), RangeError, "-1 bytes");
});

Deno.test("createBuffer() closes what it opened when a later step fails", () => {
  const descriptors = openDescriptors();
  // No address space for it: memfd_create and ftruncate succeed, mmap fails.
  const error = assertThrows(() => createBuffer("memfd", 1n << 50n), SystemError);
  assertEquals([error.call, error.code], ["mmap", "ENOMEM"]);
  assertNoneLeft(descriptors);
});

Deno.test("createBuffer() refuses a choice of pages for the heap", () => {
  assertThrows(
    () => createBuffer("dmabuf", 1n, { pages: "thp" }),
    TypeError,
    "a heap chooses its pages",
  );
});

Deno.test("checksum() covers exactly the bytes asked for", () => {
  using file = randomFile(100_001);
  using opened = openFile(file.path);
  using buffer = createBuffer("memfd", 100_001n);
  using method = methods.read();
  method.load(opened, buffer, { fileOffset: 0n, bufferOffset: 0n, bytes: buffer.bytes });
  const [expected, actual] = [new Hash(), new Hash()];
  expected.file(opened, { bytes: 100_001n }).sync();
  checksum(buffer, actual, 100_001n);
  assertEquals(actual.digest(), expected.digest());
  actual.reset();
  checksum(buffer, actual);
  assertEquals(actual.digest() === expected.digest(), false);
  assertThrows(() => checksum(buffer, actual, buffer.bytes + 1n), RangeError);
});

Deno.test("checksum() sees what was written through the mapping", () => {
  using file = randomFile(8192);
  using opened = openFile(file.path);
  using buffer = createBuffer("memfd", 8192n);
  const digest = () => {
    const hash = new Hash();
    checksum(buffer, hash);
    return hash.digest();
  };
  const zeros = digest();
  using method = methods.read();
  method.load(opened, buffer, { fileOffset: 0n, bufferOffset: 4096n, bytes: 1n });
  assertEquals(digest() === zeros, file.data[0] === 0);
});
