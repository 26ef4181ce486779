import "../ffi/_fixtures.ts";
import { assertEquals } from "@std/assert";
import { fasterHint } from "../../cli/faster_hint.ts";
import { createBuffer, type LoadedBuffer, type LoadPlan } from "../../copy/mod.ts";

const PLAN: LoadPlan = {
  ...{ kind: "memfd", via: "memfd", pages: "4k", method: "read", direct: true } as const,
  ...{ chunkBytes: 1n << 23n, depth: 4, reason: "", missed: [], rejected: [] },
};
const SETTING = {
  ...{ kind: "memfd", via: "memfd", pages: "hugetlb", method: "read" } as const,
  ...{ what: "hugetlb", why: "few pages", fix: "echo 9 > nr_hugepages" },
} as const;

const BUFFER = createBuffer("memfd", 1n);
BUFFER.close();

function loaded(plan: Partial<LoadPlan>, more: Partial<LoadedBuffer> = {}): LoadedBuffer {
  return {
    ...{ buffer: BUFFER, bytes: 1n, layout: [], pages: "4k", method: "read", direct: true },
    ...{ directBytes: 1n, verified: false, checksum: null, reason: "", notes: [], ...more },
    plan: { ...PLAN, ...plan },
  };
}

Deno.test("fasterHint() names the setting that spares the CPU its copy", () => {
  const hint = fasterHint(loaded({ direct: false, missed: [SETTING] }));
  assertEquals(hint, "without a CPU copy, but few pages: echo 9 > nr_hugepages");
});

Deno.test("fasterHint() is silent where no other way would help", () => {
  assertEquals(fasterHint(loaded({ missed: [SETTING] })), null);
  // A file in memory: planned to be direct, it could not be.
  assertEquals(fasterHint(loaded({ missed: [SETTING] }, { direct: false })), null);
  const sendfile = { ...SETTING, method: "sendfile" } as const;
  assertEquals(fasterHint(loaded({ method: "sendfile", missed: [sendfile] })), null);
});

Deno.test("fasterHint() tells why one large buffer of a heap takes longer", () => {
  const dmabuf = Object.create(BUFFER, { kind: { value: "dmabuf" } });
  const plan = { kind: "dmabuf", method: "copy_file_range" } as const;
  const large = loaded(plan, { buffer: dmabuf, bytes: 1n << 30n });
  const hint = fasterHint(large, { defersClearing: false }) ?? "";
  assertEquals(
    hint.startsWith("a heap allocates a whole dma-buf before the first byte is read"),
    true,
  );
  assertEquals(hint.endsWith("--split 32MiB is faster"), true);
  assertEquals(fasterHint(large, { defersClearing: true }), null);
  const small = loaded(plan, { buffer: dmabuf, bytes: 1n << 20n });
  assertEquals(fasterHint(small, { defersClearing: false }), null);
});
