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

Deno.test("fullCacheTable() has a line for each buffer and kernel", () => {
  const view = fullCacheTable({ stock: copies({ ...TIMES, dmabuf: 1000 }), series: copies(TIMES) });
  assertEquals(view["text/plain"]!.split("\n").slice(2), [
    "| udmabuf | stock | 260 | 520 | 250 | 2.00 × |",
    "| udmabuf | series | 260 | 520 | 250 | 2.00 × |",
    "| a heap's dma-buf | stock | 1000 | 1020 | 250 | 1.02 × |",
    "| a heap's dma-buf | series | 255 | 1020 | 250 | 4.00 × |",
  ]);
  assertThrows(() => fullCacheTable({ stock: copies({ udmabuf: 1 }) }), RangeError, "full-cache");
});
