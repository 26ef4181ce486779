import { assertEquals, assertMatch } from "@std/assert";
import { explainRefusal, freeBlocks } from "../../copy/buffers/_fragmentation.ts";
import { SystemError } from "../../ffi/mod.ts";

const ZONES = (dma32: string, normal: string) =>
  `Node 0, zone    DMA32 ${dma32}\nNode 0, zone   Normal ${normal}\n`;
const FRESH = ZONES("1 2 0 0 1 1 1 0 1 1 749", "9 8 7 6 5 4 3 2 1 0 3");
const FRAGMENTED = ZONES("900 800 70 6 0 0 0 0 0 0 0", "9000 800 70 6 5 4 3 2 1 0 0");
const SIZES = { hugeBytes: 2n << 20n, pageBytes: 4096n };
const ENOMEM = new SystemError(12, { call: "madvise", subject: "memfd" });
const EINVAL = new SystemError(22, { call: "madvise", subject: "memfd" });

Deno.test("freeBlocks() counts the blocks of an order and above, in all zones", () => {
  assertEquals(freeBlocks(FRESH, 9), 1 + 749 + 3);
  assertEquals(freeBlocks(FRAGMENTED, 9), 0);
  assertEquals(freeBlocks(FRAGMENTED, 8), 1);
});

Deno.test("explainRefusal() calls memory fragmented where the kernel has no free huge block", () => {
  const { why, passing } = explainRefusal(ENOMEM, { ...SIZES, buddyinfo: FRAGMENTED });
  assertEquals(passing, true);
  assertMatch(why, /^memory is fragmented, no free block has 2048 KiB$/);
});

Deno.test("explainRefusal() does not call memory fragmented that has huge blocks", () => {
  const { why, passing } = explainRefusal(ENOMEM, { ...SIZES, buddyinfo: FRESH });
  assertEquals([why, passing], [ENOMEM.message, true]);
  assertEquals(explainRefusal(ENOMEM, { ...SIZES, buddyinfo: null }).why, ENOMEM.message);
});

Deno.test("explainRefusal() gives up where the kernel can't", () => {
  const refusal = explainRefusal(EINVAL, { ...SIZES, buddyinfo: FRAGMENTED });
  assertEquals(refusal, { why: EINVAL.message, passing: false });
});
