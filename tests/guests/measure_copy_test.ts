import { assertEquals } from "@std/assert";
import { selectCopyRows } from "../../bench/mod.ts";
import { modelBytesFor } from "../../guests/measure_copy.ts";

const GIB = 2 ** 30;

Deno.test("modelBytesFor() makes the disk larger than the memory that a full page cache takes", () => {
  const full = selectCopyRows("udmabuf,full-cache-udmabuf");
  const bytes = (memoryMiB: number, arch: "x86-64" | "arm64") =>
    modelBytesFor(full, { memoryMiB, arch }) / GIB;
  assertEquals([2048, 8192].map((mebibytes) => bytes(mebibytes, "x86-64")), [1, 4]);
  // Its guests have 3 GiB more.
  assertEquals(bytes(2048, "arm64"), 2.5);
  const free = { memoryMiB: 8192, arch: "x86-64" } as const;
  assertEquals(modelBytesFor(selectCopyRows("udmabuf"), free), GIB);
});
