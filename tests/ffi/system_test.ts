import { assert, assertEquals } from "@std/assert";
import {
  clockMs,
  createMemfd,
  dropFromCache,
  kernelRelease,
  openFile,
  pageBytes,
  placeBytes,
  residentPages,
  resize,
  sync,
  usage,
} from "../../ffi/mod.ts";
import { residentPagesByMincore } from "../../ffi/page_cache.ts";
import { randomFile } from "./_fixtures.ts";

Deno.test("kernelRelease() is what uname -r prints", () => {
  assertEquals(kernelRelease(), Deno.osRelease());
});

Deno.test("clockMs() advances by the time that passes", async () => {
  const before = performance.now();
  const start = clockMs();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const elapsed = clockMs() - start;
  assert(elapsed >= 19 && elapsed <= performance.now() - before, `${elapsed} ms`);
});

Deno.test("clockMs() of the thread counts work, not sleep", async () => {
  const start = clockMs("thread");
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert(clockMs("thread") - start < 150);
  while (clockMs("thread") - start < 10);
});

Deno.test("usage() counts CPU time and faults", () => {
  const before = usage("thread");
  const array = new Uint8Array(64 << 20).fill(1);
  const after = usage("thread");
  assert(after.minorFaults > before.minorFaults);
  assert(after.userMs + after.systemMs > before.userMs + before.systemMs);
  assert(usage().maxResidentBytes > array.length);
});

Deno.test("residentPages() sees what is cached, by either call", () => {
  using file = randomFile(1 << 20);
  using opened = openFile(file.path, { access: "read-write" });
  sync(opened).sync();
  const pages = (1 << 20) / Number(pageBytes());
  for (const count of [residentPages, residentPagesByMincore]) {
    // A kernel that needs memory may drop what was just read.
    const cached = () => Deno.readFileSync(file.path).length > 0 && count(opened) === pages;
    assert(Array.from({ length: 100 }).some(cached), count.name);
  }
  dropFromCache(opened);
  assertEquals(residentPages(opened), 0);
  assertEquals(residentPagesByMincore(opened), 0);
});

Deno.test("placeBytes() is a page, but at least 4096", () => {
  assertEquals(placeBytes(4096n), 4096n);
  assertEquals(placeBytes(65536n), 65536n);
  assertEquals(placeBytes(1024n), 4096n);
  assertEquals(placeBytes() % pageBytes(), 0n);
});

Deno.test("residentPages() of an empty file is 0", () => {
  using memfd = createMemfd("empty");
  assertEquals(residentPages(memfd), 0);
  assertEquals(residentPagesByMincore(memfd), 0);
  resize(memfd, 4096n);
  assertEquals(residentPagesByMincore(memfd), 0);
});
