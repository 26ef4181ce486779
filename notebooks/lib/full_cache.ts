import { type CopyBenchDocument, isCopyResult } from "../../bench/mod.ts";
import type { View } from "./show.ts";
import { type Column, table } from "./table.ts";

/** The rows of each kind of buffer: with free memory, and with a full page cache. */
const BUFFERS = [
  { buffer: "udmabuf", free: "udmabuf", full: "full-cache-udmabuf" },
  { buffer: "heap", free: "dmabuf", full: "full-cache-dmabuf" },
];

/** The names of architectures that `uname -m` has otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "x86-64", aarch64: "arm64" };

/** A line for each machine: the times of whole copies, with free memory and with a full page cache. */
export function fullCacheTable(documents: readonly CopyBenchDocument[]): View {
  const columns = BUFFERS.flatMap(({ buffer, free, full }): Column<CopyBenchDocument>[] => [
    { title: `${buffer}, memory free, ms`, cell: (document) => msOf(document, free) },
    { title: `${buffer}, cache full, ms`, cell: (document) => msOf(document, full) },
  ]);
  return table(documents, [
    { title: "Linux", cell: ({ environment }) => baseOf(environment.kernel), align: "left" },
    {
      title: "architecture",
      cell: ({ environment: { architecture } }) => ARCHITECTURES[architecture] ?? architecture,
      align: "left",
    },
    { title: "memory", cell: ({ environment }) => `${memoryGiB(environment)} GiB` },
    {
      title: "kernel",
      cell: ({ environment }) => environment.series === null ? "stock" : "series",
      align: "left",
    },
    ...columns,
    {
      title: "the disk alone, ms",
      cell: (document) => resultOf(document, "udmabuf").deviceMs.toFixed(0),
    },
  ]);
}

/** The kernel keeps a few percent of a machine's memory for itself. */
function memoryGiB({ memoryBytes }: { memoryBytes: number }): number {
  return Math.round(memoryBytes / 2 ** 30);
}

function baseOf(release: string): string | undefined {
  return /^\d+\.\d+/.exec(release)?.[0];
}

function msOf(document: CopyBenchDocument, id: string): string {
  return resultOf(document, id).medianMs.toFixed(0);
}

function resultOf({ rows }: CopyBenchDocument, id: string) {
  const row = rows.find((row) => row.id === id);
  if (row === undefined || !isCopyResult(row)) throw new RangeError(`${id} was not measured`);
  return row;
}
