import { assertEquals, assertMatch } from "@std/assert";
import { advise, describeAdvice } from "../../cli/advice.ts";
import type { BufferKind, Capabilities, LoadPlan, Support } from "../../copy/mod.ts";

const GIB = 1n << 30n;
const yes: Support = { supported: true };
const no: Support = { supported: false, errno: "ENOENT", reason: "open /dev/udmabuf: ENOENT" };

function each(support: Support): Record<BufferKind, Support> {
  return { "memfd": yes, "udmabuf": support, "udmabuf+memfd": support, "dmabuf": support };
}

const ALL: Capabilities = {
  kernel: "6.12",
  pageBytes: 4096,
  buffers: each(yes),
  copyFileRange: each(yes),
  series: true,
  udmabufLimits: { sizeMiB: 8192, listEntries: 1024 },
  heaps: ["system"],
  hugePages: { transparent: "advise", free: 0, bytes: 2 ** 21 },
  transparentHugePages: yes,
  ioUring: yes,
  direct: null,
};

const PLAN: LoadPlan = {
  kind: "udmabuf+memfd",
  pages: "thp",
  method: "R/W",
  direct: true,
  chunkBytes: 1n << 23n,
  depth: 4,
  reason: "because",
  rejected: [],
};

Deno.test("advise() has nothing to add where all is there", () => {
  const advice = advise(ALL, PLAN, GIB);
  assertEquals(advice, {
    command: "dmacopy copy FILE udmabuf:thp",
    reason: "because",
    heap: advice.heap,
    improvements: [],
  });
  assertEquals(advice.heap?.command, "dmacopy copy FILE dmabuf --split 32MiB");
  assertEquals(describeAdvice(advice).split("\n").length, 4);
});

Deno.test("advise() says what a heap's dma-buf costs without the series, and nothing without heaps", () => {
  const { heap } = advise({ ...ALL, series: false }, PLAN, GIB);
  assertEquals(heap?.command, "dmacopy copy FILE dmabuf");
  assertMatch(heap?.reason ?? "", /the CPU copies$/);
  const without = advise({ ...ALL, heaps: [] }, PLAN, GIB);
  assertEquals(without.heap, null);
  assertEquals(describeAdvice(without).split("\n").length, 3);
});

Deno.test("advise() says what is missing, and how to enable it", () => {
  const limited = { ...ALL, series: false, udmabufLimits: { sizeMiB: 64, listEntries: 1024 } };
  const small = { ...PLAN, kind: "memfd", pages: "4k" } as const;
  const { command, improvements } = advise(limited, small, GIB + 1n);
  assertEquals(command, "dmacopy copy FILE memfd");
  assertEquals(improvements.length, 3);
  assertMatch(improvements[0]!, /^udmabufs beyond 64 MiB: echo 1025 > .*size_limit_mb/);
  assertMatch(improvements[1]!, /echo advise > .*shmem_enabled$/);
  assertMatch(improvements[2]!, /kernel\/series$/);
  const bare = { ...ALL, buffers: each(no), heaps: [], series: false };
  const missing = advise(bare, { ...PLAN, kind: "memfd" }, GIB).improvements;
  assertMatch(missing[0]!, /modprobe udmabuf.*open \/dev\/udmabuf: ENOENT/);
  assertMatch(missing[1]!, /CONFIG_DMABUF_HEAPS_SYSTEM$/);
});
