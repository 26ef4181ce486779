import { assert, assertEquals, assertThrows } from "@std/assert";
import { type BufferKind, buffers, hugePages, planLoad, probe } from "../../copy/mod.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

Deno.test("probe() tells what can be made and copied into", () => {
  using file = randomFile(1);
  const before = openDescriptors();
  const capabilities = probe({ path: file.path });
  assertNoneLeft(before);
  assertEquals(capabilities.kernel, Deno.osRelease());
  assertEquals(capabilities.buffers.memfd, { supported: true });
  for (const kind of Object.keys(buffers) as BufferKind[]) {
    // What can't be made can't be copied into, for the same reason.
    if (capabilities.buffers[kind].supported) continue;
    assertEquals(capabilities.copyFileRange[kind], capabilities.buffers[kind]);
  }
  const { dmabuf, udmabuf } = capabilities.copyFileRange;
  assertEquals(capabilities.series, dmabuf.supported || udmabuf.supported);
  assertEquals(capabilities.heaps.includes("system"), capabilities.buffers.dmabuf.supported);
  assertEquals(capabilities.direct?.path, file.path);
  assertEquals(JSON.parse(JSON.stringify(capabilities)), capabilities);
});

Deno.test("planLoad() chooses what this kernel can do, and says why not the others", () => {
  const plan = planLoad();
  const { buffers, copyFileRange } = probe();
  assert(buffers[plan.kind].supported);
  if (plan.method === "c_f_r") assert(copyFileRange[plan.kind].supported);
  assert(plan.reason.length > 0);
  for (const { kind, pages, method, reason } of plan.rejected) {
    assert(reason.length > 0, `${kind} ${method}`);
    assert(kind !== plan.kind || method !== plan.method || pages !== plan.pages);
  }
});

Deno.test("planLoad() keeps to the kind asked for", () => {
  const plan = planLoad({ kind: "memfd" });
  assertEquals([plan.kind, plan.method, plan.direct], ["memfd", "R/W", true]);
  assertEquals(planLoad({ kind: "memfd", direct: false }).direct, false);
  assertEquals(planLoad({ kind: "memfd", pages: "hugetlb" }).pages, "hugetlb");
});

Deno.test("planLoad() says in one line why a kind is impossible", () => {
  const { buffers } = probe();
  for (const kind of Object.keys(buffers) as BufferKind[]) {
    const support = buffers[kind];
    if (support.supported) continue;
    const error = assertThrows(() => planLoad({ kind }), Error, "no way into a ");
    assert(error.message.includes(support.reason));
    assertEquals(error.message.split("\n").length, 1);
  }
});

Deno.test("planLoad() refuses to have pages of hugetlbfs written by calls that can't", () => {
  for (const method of ["sendfile", "splice", "c_f_r"] as const) {
    assertThrows(
      () => planLoad({ kind: "memfd", pages: "hugetlb", method }),
      Error,
      "hugetlbfs has no write(2)",
    );
  }
});

Deno.test("planLoad() takes what is overridden, and nothing else", () => {
  const plan = planLoad({ kind: "memfd", method: "splice", pages: "4k", chunkBytes: 5n, depth: 2 });
  const { method, pages, chunkBytes, depth } = plan;
  assertEquals({ method, pages, chunkBytes, depth }, {
    method: "splice",
    pages: "4k",
    chunkBytes: 5n,
    depth: 2,
  });
  assertEquals(plan.rejected, []);
  const wrong = { kind: "dmabuf", method: "io_uring" } as const;
  assertThrows(() => planLoad(wrong), Error, "no way into a dmabuf by io_uring");
});

Deno.test("planLoad() passes over what has failed, and says why", () => {
  const first = planLoad({ kind: "memfd", bytes: 1n << 23n });
  const failed = [{ ...first, reason: "ENOMEM" }];
  const second = planLoad({ kind: "memfd", bytes: 1n << 23n, failed });
  assert(second.pages !== first.pages || second.method !== first.method);
  const { kind, pages, method } = first;
  assertEquals(second.rejected[0], { kind, pages, method, reason: "ENOMEM" });
});

Deno.test("planLoad() tells the setting to change for what is too large", () => {
  const bytes = 1n << 50n;
  assertThrows(() => planLoad({ bytes }), Error, "MiB of memory available");
  if (hugePages().bytes === 0) return;
  const options = { kind: "memfd", pages: "hugetlb", bytes } as const;
  const needed = 2 ** 50 / hugePages().bytes;
  assertThrows(() => planLoad(options), Error, `echo ${needed} > /proc/sys/vm/nr_hugepages`);
});
