import { assertEquals } from "@std/assert";
import { fasterHint } from "../../cli/faster_hint.ts";
import { createBuffer, type LoadedFile, type LoadPlan } from "../../copy/mod.ts";

const PLAN: LoadPlan = {
  kind: "memfd",
  pages: "4k",
  method: "R/W",
  direct: true,
  chunkBytes: 1n << 23n,
  depth: 4,
  reason: "",
  rejected: [],
};
const SETTING = {
  kind: "memfd",
  pages: "hugetlb",
  method: "R/W",
  reason: "few pages: echo 9 > nr_hugepages",
} as const;

const BUFFER = createBuffer("memfd", 1n);
BUFFER.close();

function loaded(plan: Partial<LoadPlan>, more: Partial<LoadedFile> = {}): LoadedFile {
  return {
    ...{
      buffer: BUFFER,
      bytes: 1n,
      layout: [],
      method: "R/W",
      direct: true,
      elapsedMs: 1,
      cpuMs: 1,
    },
    ...{ verified: false, checksum: null, reason: "", notes: [], ...more },
    plan: { ...PLAN, ...plan },
    [Symbol.dispose]: () => {},
  };
}

Deno.test("fasterHint() names the setting that spares the CPU its copy", () => {
  const hint = fasterHint(loaded({ direct: false, rejected: [SETTING] }));
  assertEquals(hint, `without a CPU copy, but ${SETTING.reason}`);
});

Deno.test("fasterHint() is silent where no other way would help", () => {
  assertEquals(fasterHint(loaded({ rejected: [SETTING] })), null);
  // A file in memory: planned to be direct, it could not be.
  assertEquals(fasterHint(loaded({ rejected: [SETTING] }, { direct: false })), null);
  const sendfile = { ...SETTING, method: "sendfile" } as const;
  assertEquals(fasterHint(loaded({ method: "sendfile", rejected: [sendfile] })), null);
});

Deno.test("fasterHint() tells why one large buffer of a heap takes longer", () => {
  const dmabuf = { ...BUFFER, kind: "dmabuf" } as const;
  const plan = { kind: "dmabuf", method: "c_f_r" } as const;
  const hint = fasterHint(loaded(plan, { buffer: dmabuf, bytes: 1n << 30n })) ?? "";
  assertEquals(
    hint.startsWith("a heap makes all of a dma-buf before the first byte is read"),
    true,
  );
  assertEquals(hint.endsWith("--split 32MiB"), true);
  assertEquals(fasterHint(loaded(plan, { buffer: dmabuf, bytes: 1n << 20n })), null);
});
