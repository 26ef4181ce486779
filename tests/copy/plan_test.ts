import { assert, assertEquals, assertThrows } from "@std/assert";
import { describeObstacle, type Facts, planLoad, type Wants } from "../../copy/mod.ts";
import { BARE, missing, PATCHED, STOCK } from "./_facts.ts";

const GIB = 1n << 30n;
const FEW_MIB = { sizeMiB: 64, listEntries: 1024 };
const HUGETLB = { transparent: "never", transparentBytes: 2 ** 21, free: 600, bytes: 2 ** 21 };
const NO_THP = { ...STOCK, transparentHugePages: missing("thp", "echo advise") };

/** `kind via pages method`, and `direct` where it is. */
function describe(facts: Facts, wants: Wants): string {
  const { kind, via, pages, method, direct } = planLoad(facts, wants);
  return [kind, via, pages, method, ...(direct ? ["direct"] : [])].join(" ");
}

const CASES: [name: string, facts: Facts, wants: Wants, plan: string][] = [
  ["huge pages of a udmabuf", PATCHED, {}, "udmabuf memfd thp read direct"],
  ["the same without the series", STOCK, {}, "udmabuf memfd thp read direct"],
  ["small buffers in small pages", STOCK, { sizes: [4096n] }, "dmabuf dmabuf 4k bounce direct"],
  ["a heap by the series", PATCHED, { kind: "dmabuf" }, "dmabuf dmabuf 4k copy_file_range direct"],
  [
    "a heap that does not clear first",
    { ...PATCHED, defersClearing: true },
    {},
    "dmabuf dmabuf 4k copy_file_range direct",
  ],
  [
    "huge pages where the page cache must make room first",
    {
      ...PATCHED,
      defersClearing: true,
      memory: { ...PATCHED.memory, freeBytes: Number(GIB) - 1 },
    },
    { sizes: [GIB] },
    "udmabuf memfd thp read direct",
  ],
  [
    "a heap of small pages where nothing else is asked for",
    { ...PATCHED, defersClearing: true, memory: { ...PATCHED.memory, freeBytes: 0 } },
    { kind: "dmabuf", sizes: [GIB] },
    "dmabuf dmabuf 4k copy_file_range direct",
  ],
  [
    "huge pages where its dma-bufs can't be had directly",
    { ...STOCK, defersClearing: true },
    {},
    "udmabuf memfd thp read direct",
  ],
  ["a heap without it", STOCK, { kind: "dmabuf" }, "dmabuf dmabuf 4k bounce direct"],
  [
    "a heap through the page cache",
    STOCK,
    { kind: "dmabuf", direct: false },
    "dmabuf dmabuf 4k bounce",
  ],
  ["a memfd where there is no dma-buf", BARE, {}, "memfd memfd 4k read direct"],
  [
    "hugetlbfs where there is no THP",
    { ...NO_THP, hugePages: HUGETLB },
    { sizes: [GIB] },
    "udmabuf memfd hugetlb read direct",
  ],
  [
    "a heap where too few are free",
    { ...NO_THP, hugePages: { ...HUGETLB, free: 511 } },
    { sizes: [GIB] },
    "dmabuf dmabuf 4k bounce direct",
  ],
  [
    "several small buffers, each with a huge page of its own",
    { ...NO_THP, hugePages: { ...HUGETLB, free: 2 } },
    { kind: "memfd", pages: undefined, sizes: [1n, 1n, 1n] },
    "memfd memfd 4k read direct",
  ],
  [
    "beyond udmabuf's limit",
    { ...PATCHED, udmabufLimits: FEW_MIB },
    { sizes: [GIB] },
    "dmabuf dmabuf 4k copy_file_range direct",
  ],
  [
    "many within it",
    { ...PATCHED, udmabufLimits: FEW_MIB },
    { sizes: Array(64).fill(GIB / 64n) },
    "udmabuf memfd thp read direct",
  ],
  [
    "a udmabuf by its dma-buf",
    PATCHED,
    { kind: "udmabuf", via: "dmabuf" },
    "udmabuf dmabuf thp copy_file_range direct",
  ],
  [
    "what is asked for",
    STOCK,
    { kind: "memfd", method: "io_uring", pages: "4k" }, //
    "memfd memfd 4k io_uring direct",
  ],
  [
    "a cgroup that leaves less than memory",
    {
      ...STOCK,
      memory: { ...PATCHED.memory, cgroup: { path: "", limitBytes: 1, availableBytes: 1 } },
    },
    { sizes: [GIB] },
    "dmabuf dmabuf 4k bounce direct",
  ],
  [
    "a buffer that is made",
    BARE,
    { kind: "dmabuf", isMade: true, pages: "4k" }, //
    "dmabuf dmabuf 4k bounce direct",
  ],
];

for (const [name, facts, wants, expected] of CASES) {
  Deno.test(`planLoad() takes ${name}`, () => assertEquals(describe(facts, wants), expected));
}

const REFUSALS: [facts: Facts, wants: Wants, message: string][] = [
  [BARE, { kind: "udmabuf" }, "can't copy into a udmabuf: there is no udmabuf: modprobe udmabuf"],
  [BARE, { kind: "memfd", pages: "thp" }, "can't copy into a memfd of thp pages: there is no thp"],
  [PATCHED, { kind: "dmabuf", method: "io_uring" }, "these options exclude each other"],
  [STOCK, { kind: "dmabuf", method: "read", direct: true }, "direct I/O can't reach the mapping"],
  [STOCK, { sizes: [5n * GIB, 4n * GIB] }, "9216 MiB are more than the 8192 MiB of memory"],
  [
    { ...STOCK, hugePages: HUGETLB },
    { kind: "memfd", pages: "hugetlb", sizes: [2n * GIB] },
    "1024 huge pages are needed, 600 are free: echo 1024 > /proc/sys/vm/nr_hugepages",
  ],
  [
    // As arm64 has them with pages of 64 KiB: each buffer takes one of its own.
    { ...STOCK, hugePages: { ...HUGETLB, bytes: 2 ** 29, free: 2 } },
    { kind: "memfd", pages: "hugetlb", sizes: [GIB / 32n, GIB / 32n, GIB / 32n] },
    "3 huge pages are needed, 2 are free",
  ],
  [
    { ...STOCK, hugePages: HUGETLB },
    { kind: "memfd", pages: "hugetlb", sizes: [300n * GIB] },
    "the machine has less memory than that",
  ],
  [
    {
      ...STOCK,
      memory: {
        ...PATCHED.memory,
        cgroup: { path: "/sys/x", limitBytes: 1, availableBytes: 2 ** 20 },
      },
    },
    { kind: "memfd", sizes: [GIB, GIB] },
    "2048 MiB are more than the 1 MiB that the cgroup leaves: raise /sys/x",
  ],
  ...(["sendfile", "splice", "copy_file_range"] as const).map((method): [Facts, Wants, string] => [
    { ...PATCHED, hugePages: HUGETLB },
    { kind: "memfd", pages: "hugetlb", method },
    "hugetlbfs has no write(2)",
  ]),
];

for (const [facts, wants, message] of REFUSALS) {
  Deno.test(`planLoad() refuses: ${message}`, () => {
    const error = assertThrows(() => planLoad(facts, wants), Error, message);
    assertEquals(error.message.split("\n").length, 1);
  });
}

Deno.test("planLoad() passes over what has failed, and says why", () => {
  const way = planLoad(STOCK);
  const failed = [{ way, what: "UDMABUF_CREATE", why: "ENOMEM" }];
  const next = planLoad({ ...STOCK, hugePages: HUGETLB }, { failed });
  assertEquals(next.pages, "hugetlb");
  const { kind, via, pages, method } = way;
  assertEquals(next.missed, [
    { kind, via, pages, method, what: "UDMABUF_CREATE", why: "ENOMEM", fix: undefined },
  ]);
});

Deno.test("planLoad() tells of each other way whether it is slower or impossible", () => {
  const { missed, rejected } = planLoad(STOCK);
  assertEquals(missed, []);
  const impossible = rejected.filter(({ what }) => what === "copy_file_range");
  assert(impossible.some(({ kind }) => kind === "dmabuf"));
  assert(rejected.some(({ kind, what }) => kind === "memfd" && what === "slower"));
  for (const way of rejected) assert(describeObstacle(way).length > 0);
});

Deno.test("planLoad() asks for no more facts than it needs", () => {
  const asked: string[] = [];
  const facts = new Proxy(STOCK, {
    get(target, name, receiver) {
      asked.push(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
  const plan = planLoad(facts, { sizes: [GIB] });
  assert(!asked.includes("ioUring") && !asked.includes("copyFileRange"), asked.join());
  plan.rejected;
  assert(asked.includes("copyFileRange"));
  asked.length = 0;
  planLoad(facts, { kind: "udmabuf", sizes: [4096n] });
  const dear = ["memory", "transparentHugePages", "defersClearing"].filter((name) =>
    asked.includes(name)
  );
  assertEquals(dear, []);
});

Deno.test("planLoad() takes what is overridden, and nothing else", () => {
  const wants = { kind: "memfd", method: "splice", pages: "4k", chunkBytes: 5n, depth: 2 } as const;
  const { chunkBytes, depth, rejected } = planLoad(STOCK, wants);
  assertEquals({ chunkBytes, depth, rejected }, { chunkBytes: 5n, depth: 2, rejected: [] });
});
