import { assertEquals, assertMatch } from "@std/assert";
import { advise, describeAdvice } from "../../cli/advice.ts";
import { BARE, missing, PATCHED, STOCK } from "../copy/_facts.ts";

const BYTES = 1n << 30n;

Deno.test("advise() has nothing to add where all is there", () => {
  const advice = advise(PATCHED, BYTES);
  assertEquals(advice.command, "dmacopy copy FILE udmabuf:thp");
  assertEquals(advice.improvements, []);
  assertEquals(advice.heap?.command, "dmacopy copy FILE dmabuf --split 32MiB");
  assertEquals(describeAdvice(advice).split("\n").length, 4);
});

Deno.test("advise() says what a heap's dma-buf costs without the series, and nothing without heaps", () => {
  const { heap } = advise(STOCK, BYTES);
  assertEquals(heap?.command, "dmacopy copy FILE dmabuf");
  assertMatch(heap?.reason ?? "", /the CPU copies into a heap's dma-buf$/);
  assertEquals(advise(BARE, BYTES).heap, null);
});

Deno.test("advise() says what is missing, and how to enable it", () => {
  const limited = {
    ...STOCK,
    udmabufLimits: { sizeMiB: 64, listEntries: 1024 },
    transparentHugePages: missing("thp", "echo advise > shmem_enabled"),
  };
  const { improvements } = advise(limited, 64n << 20n);
  assertEquals(improvements[0], "there is no thp: echo advise > shmem_enabled");
  const large = advise(limited, BYTES).improvements;
  assertMatch(large[0]!, /^udmabuf is limited to 64 MiB: echo 1024 > .*size_limit_mb/);
  assertMatch(large.at(-1)!, /kernel\/series$/);
  const bare = advise(BARE, BYTES).improvements;
  assertEquals(bare, [
    "there is no udmabuf: modprobe udmabuf",
    "there is no heap: boot a kernel with CONFIG_DMABUF_HEAPS_SYSTEM",
  ]);
});

Deno.test("advise() explains where nothing can be loaded, as where memfd_create is refused", () => {
  const none = { ...BARE, buffers: { ...BARE.buffers, memfd: missing("memfd", "allow it") } };
  const advice = advise(none, BYTES);
  assertEquals(advice.command, null);
  assertMatch(describeAdvice(advice), /^can't copy into a buffer: .*there is no memfd: allow it/);
});
