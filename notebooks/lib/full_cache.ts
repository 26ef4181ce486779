import { type CopyBenchDocument, isCopyResult } from "../../bench/mod.ts";
import type { View } from "./show.ts";
import { table } from "./table.ts";

/** The rows of a buffer: with free memory, and with a full page cache. */
const BUFFERS = [
  { buffer: "udmabuf", free: "udmabuf", full: "full-cache-udmabuf" },
  { buffer: "a heap's dma-buf", free: "dmabuf", full: "full-cache-dmabuf" },
];

interface Line {
  buffer: string;
  kernel: string;
  freeMs: number;
  fullMs: number;
  deviceMs: number;
}

/** The times of whole copies, with free memory and with a full page cache, by kernel. */
export function fullCacheTable(documents: Readonly<Record<string, CopyBenchDocument>>): View {
  const lines = BUFFERS.flatMap(({ buffer, free, full }) =>
    Object.entries(documents).map(([kernel, document]): Line => {
      const { medianMs: freeMs, deviceMs } = resultOf(document, free);
      return { buffer, kernel, freeMs, fullMs: resultOf(document, full).medianMs, deviceMs };
    })
  );
  return table(lines, [
    { title: "into", cell: ({ buffer }) => buffer, align: "left" },
    { title: "kernel", cell: ({ kernel }) => kernel, align: "left" },
    { title: "memory free, ms", cell: ({ freeMs }) => freeMs.toFixed(0) },
    { title: "page cache full, ms", cell: ({ fullMs }) => fullMs.toFixed(0) },
    { title: "the disk alone, ms", cell: ({ deviceMs }) => deviceMs.toFixed(0) },
    { title: "full over free", cell: ({ fullMs, freeMs }) => `${(fullMs / freeMs).toFixed(2)} ×` },
  ]);
}

function resultOf({ rows }: CopyBenchDocument, id: string) {
  const row = rows.find((row) => row.id === id);
  if (row === undefined || !isCopyResult(row)) throw new RangeError(`${id} was not measured`);
  return row;
}
