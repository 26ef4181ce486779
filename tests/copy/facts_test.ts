import { assert, assertEquals } from "@std/assert";
import { bufferKinds, probe } from "../../copy/mod.ts";
import { lazily } from "../../copy/_lazily.ts";
import { memoryLimits } from "../../copy/memory.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";

Deno.test("probe() tells what can be made and copied into", () => {
  using file = randomFile(1);
  const before = openDescriptors();
  const facts = { ...probe({ path: file.path }) };
  assertEquals(facts.kernel, Deno.osRelease());
  assertEquals(facts.buffers.memfd, { supported: true });
  for (const kind of bufferKinds) {
    // A buffer that can't be made can't be copied into, for the same reason.
    if (!facts.buffers[kind].supported) {
      assertEquals(facts.copyFileRange[kind], facts.buffers[kind]);
    }
  }
  assertEquals(facts.heaps.includes("system"), facts.buffers.dmabuf.supported);
  assert(facts.memory.availableBytes > 0);
  assertEquals(facts.direct?.path, file.path);
  assertEquals(JSON.parse(JSON.stringify(facts)), { ...JSON.parse(JSON.stringify(facts)) });
  assertNoneLeft(before);
});

Deno.test("lazily() makes each value once, when it is asked for", () => {
  let made = 0;
  const object = lazily({ a: () => ++made, b: () => ++made });
  assertEquals(made, 0);
  assertEquals([object.b, object.b, made], [1, 1, 1]);
  assertEquals({ ...object }, { a: 2, b: 1 });
});

const MEMINFO = "MemTotal:  8388608 kB\nMemFree:  1048576 kB\nMemAvailable:   4194304 kB\n";
const GIB = 2 ** 30;

/** Limits read from files as given; all others are missing. */
function limits(files: Record<string, string>) {
  return memoryLimits(MEMINFO, (path) => files[path] ?? null);
}

Deno.test("memoryLimits() is what is available where no cgroup limits it", () => {
  assertEquals(limits({}), { availableBytes: 4 * GIB, freeBytes: GIB, cgroup: null });
  const unlimited = { "/proc/self/cgroup": "0::/a\n", "/sys/fs/cgroup/a/memory.max": "max" };
  assertEquals(limits(unlimited).cgroup, null);
  const v1 = {
    "/proc/self/cgroup": "5:memory:/\n0::/\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
  };
  assertEquals(limits(v1).cgroup, null);
});

Deno.test("memoryLimits() finds the tightest cgroup above, page cache not counted as used", () => {
  const path = "/sys/fs/cgroup/a/memory.max";
  const { cgroup } = limits({
    "/proc/self/cgroup": "0::/a/b\n",
    "/sys/fs/cgroup/a/b/memory.max": String(3 * GIB),
    "/sys/fs/cgroup/a/b/memory.current": "0",
    [path]: String(2 * GIB),
    "/sys/fs/cgroup/a/memory.current": String(GIB),
    "/sys/fs/cgroup/a/memory.stat": `anon 5\ninactive_file ${GIB / 4}\nactive_file ${GIB / 4}\n`,
  });
  assertEquals(cgroup, { path, limitBytes: 2 * GIB, availableBytes: 1.5 * GIB });
});

Deno.test("memoryLimits() knows version 1, and a container whose path is the host's", () => {
  const path = "/sys/fs/cgroup/memory/memory.limit_in_bytes";
  const { cgroup } = limits({
    "/proc/self/cgroup": "7:cpu,cpuacct:/docker/x\n5:memory:/docker/x\n",
    [path]: String(GIB),
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": String(GIB / 2),
    "/sys/fs/cgroup/memory/memory.stat": `total_inactive_file ${GIB / 8}\n`,
  });
  assertEquals(cgroup, { path, limitBytes: GIB, availableBytes: GIB * 5 / 8 });
});
