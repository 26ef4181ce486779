// A device that does not see the CPU's caches needs the kernel to maintain them. QEMU has no caches,
// so the content would be right without that; the lab's device notes the kernel's calls instead.
import { assertEquals } from "@std/assert";
import { copy, diskFile, DMA_BUFS, PAGE, PATCHED, SECTOR } from "./_guest.ts";
import { type Maintenance, UncachedDevice } from "./_uncached_device.ts";

/** The lab has the device on arm64, where it differs from others, and for 6.12. */
const ignore = !PATCHED || Deno.build.arch !== "aarch64" || !Deno.osRelease().startsWith("6.12.");
const PAGES = 64;

/** linux/dma-direction.h */
const BIDIRECTIONAL = 0;
const TO_DEVICE = 1;
const FROM_DEVICE = 2;

const NOTHING: Maintenance = { directions: [], bytes: 0, ranges: [] };

/** The maintenance of a part of the device's buffer, in one direction. */
function expected(
  device: UncachedDevice,
  direction: number,
  part: [offset: number, bytes: number],
) {
  return { directions: [direction], bytes: part[1], ranges: device.memoryOf(...part) };
}

const PARTS: Record<string, { direct: boolean; part: [offset: number, bytes: number] }> = {
  "direct copies of all": { direct: true, part: [0, PAGES * PAGE] },
  "direct copies of sectors": { direct: true, part: [3 * PAGE + SECTOR, 20 * PAGE + 3 * SECTOR] },
  "buffered copies of bytes": { direct: false, part: [5 * PAGE - 77, 9 * PAGE + 3] },
};

for (const [name, create] of Object.entries(DMA_BUFS)) {
  for (const [what, { direct, part }] of Object.entries(PARTS)) {
    Deno.test({
      name: `${what} of a ${name} maintain the caches of these alone, in the right direction`,
      ignore,
      fn() {
        const [offset, bytes] = part;
        using disk = diskFile(bytes, { direct });
        using buffer = create(PAGES * PAGE);
        using device = new UncachedDevice(buffer.share);
        assertEquals(copy([disk.file, 0], [buffer.io, offset], bytes), bytes);
        // The device may have written the parts that the file does not overwrite.
        const both = expected(device, BIDIRECTIONAL, part);
        assertEquals(device.read(), { forCpu: both, forDevice: both });
        assertEquals(copy([buffer.io, offset], [disk.file, 0], bytes), bytes);
        const from = expected(device, FROM_DEVICE, part);
        assertEquals(device.read(), { forCpu: from, forDevice: from });
      },
    });
  }

  Deno.test({
    name: `the CPU's access to a ${name} maintains the caches of all of it`,
    ignore,
    fn() {
      using buffer = create(PAGES * PAGE);
      using device = new UncachedDevice(buffer.share);
      const all: [number, number] = [0, Number(buffer.bytes)];
      buffer.cpuAccess("read")[Symbol.dispose]();
      const from = expected(device, FROM_DEVICE, all);
      assertEquals(device.read(), { forCpu: from, forDevice: from });
      buffer.cpuAccess("write")[Symbol.dispose]();
      // The CPU overwrites all of it, and need not see the device's data.
      const forDevice = expected(device, TO_DEVICE, all);
      assertEquals(device.read(), { forCpu: NOTHING, forDevice });
    },
  });

  Deno.test({
    name: `a copy into a ${name} maintains no cache for a device of another buffer`,
    ignore,
    fn() {
      using disk = diskFile(PAGE, { direct: true });
      using buffer = create(PAGES * PAGE);
      using other = create(PAGES * PAGE);
      using device = new UncachedDevice(other.share);
      assertEquals(copy([disk.file, 0], [buffer.io, 0], PAGE), PAGE);
      assertEquals(device.read(), { forCpu: NOTHING, forDevice: NOTHING });
    },
  });
}
