import { assertEquals } from "@std/assert";
import { hasModule } from "../../copy/obstacles.ts";

const DEP = `kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko
kernel/drivers/dma-buf/udmabuf.ko.xz:
kernel/drivers/x/not-vgem.ko:
`;

Deno.test("hasModule() finds a module by its name, compressed or not", () => {
  const found = ["udmabuf", "ext4", "vgem", "crc16"].map((name) => hasModule(name, DEP));
  assertEquals(found, [true, true, false, false]);
  // As Debian 12's kernel, which lacks it: modprobe would not help.
  assertEquals([hasModule("udmabuf", ""), hasModule("udmabuf", null)], [false, false]);
});
