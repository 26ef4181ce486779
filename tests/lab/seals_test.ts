import { assertEquals } from "@std/assert";
import { addSeals, createUdmabuf, createUdmabufOf, Mapping } from "../../ffi/mod.ts";
import { assertSame, copy, diskFile, PAGE, PATCHED, refusal, sealedMemfd } from "./_guest.ts";

const ignore = !PATCHED;
const PAGES = 16;
const BYTES = PAGES * PAGE;

Deno.test("a memfd can't be sealed against writing as long as a udmabuf pins it", () => {
  using behind = sealedMemfd(BYTES);
  {
    using _ = createUdmabuf(behind.memfd, BigInt(BYTES));
    assertEquals(refusal(() => addSeals(behind.memfd, ["write"])), "EBUSY");
  }
  addSeals(behind.memfd, ["write"]);
  assertEquals(refusal(() => createUdmabuf(behind.memfd, BigInt(BYTES))), "EINVAL");
});

for (const direct of [false, true]) {
  const way = `${direct ? "direct" : "buffered"} copy_file_range()`;

  Deno.test({
    name: `${way} into a udmabuf is refused with EPERM once its memfd is sealed`,
    ignore,
    fn() {
      using disk = diskFile(BYTES, { direct });
      using behind = sealedMemfd(BYTES);
      using udmabuf = createUdmabuf(behind.memfd, BigInt(BYTES));
      assertEquals(copy([disk.file, 0], [udmabuf, 0], BYTES), BYTES);
      assertSame(behind.content(), disk.data);
      addSeals(behind.memfd, ["future-write"]);
      using other = diskFile(BYTES, { direct });
      assertEquals(refusal(() => copy([other.file, 0], [udmabuf, 0], BYTES)), "EPERM");
      assertEquals(refusal(() => copy([other.file, 0], [udmabuf, BYTES - PAGE], PAGE)), "EPERM");
      assertSame(behind.content(), disk.data);
      // The content may still be read.
      assertEquals(copy([udmabuf, 0], [other.file, 0], BYTES), BYTES);
      assertSame(Deno.readFileSync(other.path), disk.data);
    },
  });

  Deno.test({
    name: `${way} into a udmabuf is refused with EPERM where it comes to a sealed memfd`,
    ignore,
    fn() {
      using disk = diskFile(BYTES, { direct });
      using open = sealedMemfd(BYTES);
      using sealed = sealedMemfd(BYTES);
      const bytes = BigInt(BYTES);
      using udmabuf = createUdmabufOf([
        { memfd: open.memfd, offset: 0n, bytes },
        { memfd: sealed.memfd, offset: 0n, bytes },
      ]);
      addSeals(sealed.memfd, ["future-write"]);
      for (const offset of [PAGE, BYTES]) {
        assertEquals(refusal(() => copy([disk.file, 0], [udmabuf, offset], BYTES)), "EPERM");
      }
      assertEquals([open.content(), sealed.content()], [open.data, sealed.data]);
      assertEquals(copy([disk.file, 0], [udmabuf, 0], BYTES), BYTES);
      assertEquals([open.content(), sealed.content()], [disk.data, sealed.data]);
      assertEquals(copy([udmabuf, BYTES], [disk.file, 0], BYTES), BYTES);
      assertSame(Deno.readFileSync(disk.path), sealed.data);
    },
  });

  for (const seal of ["write", "future-write"] as const) {
    Deno.test({
      name: `${way} into a memfd with the seal "${seal}" is refused with EPERM`,
      ignore,
      fn() {
        using disk = diskFile(BYTES, { direct });
        using behind = sealedMemfd(BYTES);
        addSeals(behind.memfd, [seal]);
        assertEquals(refusal(() => copy([disk.file, 0], [behind.memfd, 0], BYTES)), "EPERM");
        assertSame(behind.content(), behind.data);
        assertEquals(copy([behind.memfd, 0], [disk.file, 0], BYTES), BYTES);
        assertSame(Deno.readFileSync(disk.path), behind.data);
      },
    });
  }

  Deno.test({
    name: `${way} does not make a memfd grow that is sealed against it`,
    ignore,
    fn() {
      using disk = diskFile(2 * BYTES, { direct });
      using behind = sealedMemfd(BYTES);
      addSeals(behind.memfd, ["grow"]);
      assertEquals(refusal(() => copy([disk.file, 0], [behind.memfd, BYTES], PAGE)), "EPERM");
      assertSame(behind.content(), behind.data);
      assertEquals(copy([disk.file, 0], [behind.memfd, 0], BYTES), BYTES);
      assertSame(behind.content(), disk.data.subarray(0, BYTES));
    },
  });
}

Deno.test({
  name: "the seal of a memfd that is only mapped is not forgotten",
  ignore,
  fn() {
    using disk = diskFile(BYTES);
    using behind = sealedMemfd(BYTES);
    using udmabuf = createUdmabuf(behind.memfd, BigInt(BYTES));
    addSeals(behind.memfd, ["future-write"]);
    using _ = new Mapping(behind.memfd, BigInt(BYTES), { access: "read" });
    behind[Symbol.dispose]();
    assertEquals(refusal(() => copy([disk.file, 0], [udmabuf, 0], BYTES)), "EPERM");
    assertEquals(copy([udmabuf, 0], [disk.file, 0], BYTES), BYTES);
    assertSame(Deno.readFileSync(disk.path), behind.data);
  },
});
