import { assertEquals } from "@std/assert";
import { createMemfd, Hash, Mapping, openFile, pageBytes, readAt, resize } from "../../ffi/mod.ts";
import { randomFile } from "./_fixtures.ts";

/** XXH64 of known inputs, from `printf … | xxhsum`. */
const KNOWN = { "": "ef46db3751d8e999", "abc": "44bc2cf5ad770999" };

Deno.test("Hash.digest() is what xxhsum prints", () => {
  for (const [text, digest] of Object.entries(KNOWN)) {
    using file = randomFile(0);
    Deno.writeTextFileSync(file.path, text);
    using opened = openFile(file.path);
    const hash = new Hash();
    assertEquals(hash.file(opened, { bytes: 100n }).sync(), BigInt(text.length));
    assertEquals(hash.digest(), digest);
  }
});

Deno.test("Hash gives one digest however the bytes come", async () => {
  using file = randomFile(3_000_001);
  using opened = openFile(file.path);
  using direct = openFile(file.path, { direct: true });
  const bytes = BigInt(file.data.length);
  const hash = new Hash();
  await hash.file(opened, { bytes }).async();
  const expected = hash.digest();

  hash.reset();
  for (let offset = 0n; offset < bytes; offset += 777_777n) {
    hash.file(opened, { offset, bytes: 777_777n }).sync();
  }
  assertEquals(hash.digest(), expected);

  hash.reset();
  assertEquals(hash.file(direct, { bytes: bytes + 1_000_000n }).sync(), bytes);
  assertEquals(hash.digest(), expected);

  using memfd = createMemfd("hashed");
  const size = (bytes / pageBytes() + 1n) * pageBytes();
  resize(memfd, size);
  using mapping = new Mapping(memfd, size);
  readAt(opened, { address: mapping.address, bytes, offset: 0n }).sync();
  hash.reset();
  await hash.memory({ address: mapping.address, bytes }).async();
  assertEquals(hash.digest(), expected);
});

Deno.test("Hash notices one changed bit", () => {
  using file = randomFile(100_000);
  const digest = () => {
    using opened = openFile(file.path);
    const hash = new Hash();
    hash.file(opened, { bytes: 100_000n }).sync();
    return hash.digest();
  };
  const before = digest();
  file.data[99_999]! ^= 1;
  Deno.writeFileSync(file.path, file.data);
  assertEquals(digest() === before, false);
});
