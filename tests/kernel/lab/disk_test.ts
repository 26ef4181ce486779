import { assertEquals } from "@std/assert";
import { diskName, writeModel } from "../../../kernel/lab/disk.ts";

Deno.test("writeModel() writes the key stream of AES-128-CTR, whatever the size", async () => {
  const path = await Deno.makeTempFile();
  await writeModel(path, 2 ** 24 + 5);
  const data = await Deno.readFile(path);
  // The first block is AES-128 of zeros under a zero key (FIPS 197's well-known value).
  assertEquals(data.subarray(0, 16).toHex(), "66e94bd4ef8a2c3b884cfa59ca342b2e");
  assertEquals(data.length, 2 ** 24 + 5);
  const later = data.subarray(2 ** 24, 2 ** 24 + 5).toHex();
  assertEquals(
    later === data.subarray(0, 5).toHex(),
    false,
    "the stream goes on, it does not repeat",
  );
  await Deno.remove(path);
});

Deno.test("diskName() tells filesystems apart", () => {
  assertEquals([diskName(4096), diskName(4096, "f2fs")], [
    "disk-v2-4096.img",
    "disk-v2-f2fs-4096.img",
  ]);
});
