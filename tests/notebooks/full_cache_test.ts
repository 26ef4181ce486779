import { assertEquals, assertThrows } from "@std/assert";
import { type CopyBenchDocument, letterDocument, selectCopyRows } from "../../bench/mod.ts";
import { fullCacheTable } from "../../notebooks/lib/full_cache.ts";

const GIB = 2 ** 30;

function copies(times: Readonly<Record<string, number>>): CopyBenchDocument {
  const rows = selectCopyRows(Object.keys(times).join(",")).map((row) => ({
    ...{ ...row, bytes: GIB, deviceMs: 250, medianMs: times[row.id]!, samples: [] },
  }));
  return { schema: "dmacopy-bench-copy-1", environment: letterDocument.environment, runs: 2, rows };
}

const TIMES = { udmabuf: 260, dmabuf: 255, "full-cache-udmabuf": 520, "full-cache-dmabuf": 1020 };

Deno.test("fullCacheTable() has a line for each machine, with the memory that its guest had", () => {
  const machine = (kernel: string, series: string | null, memoryMiB: number) => {
    const document = copies(TIMES);
    const memoryBytes = memoryMiB * 0.96 * 2 ** 20;
    const environment = { ...document.environment, kernel, series, memoryBytes };
    return { ...document, environment: { ...environment, architecture: "aarch64" } };
  };
  const view = fullCacheTable([
    machine("6.12.117-dmacopy-stock", null, 2048),
    machine("7.3.4-dmacopy-patched", "udmabuf + dmabuf", 8192),
  ]);
  assertEquals(view["text/plain"]!.split("\n").slice(2), [
    "| 6.12 | arm64 | 2 GiB | stock | 260 | 520 | 255 | 1020 | 250 |",
    "| 7.3 | arm64 | 8 GiB | series | 260 | 520 | 255 | 1020 | 250 |",
  ]);
  assertThrows(() => fullCacheTable([copies({ udmabuf: 1 })]), RangeError, "full-cache");
});
