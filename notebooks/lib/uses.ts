import { type BenchDocument, isMeasured } from "../../bench/mod.ts";
import type { CaptureCost, SnapshotCost } from "../measure/uses.ts";
import type { View } from "./show.ts";
import { table } from "./table.ts";

/** The time of the disk alone for these bytes, in milliseconds, at 4 GiB/s. */
const DISK_BYTES_PER_MS = 4 * 2 ** 30 / 1000;

/** CPU time for each frame, in milliseconds. */
export function cpuPerFrame({ cpuMs, frames }: CaptureCost): number {
  return cpuMs / frames;
}

/** The CPU time of storing as a share of the first copying method with that format. */
export function shareOf(cost: CaptureCost, all: readonly CaptureCost[]): number | null {
  const copying = all.find(({ way, format }) => way === "mmap + write" && format === cost.format);
  return copying ? cpuPerFrame(cost) / cpuPerFrame(copying) : null;
}

/** Rows that end in a dma-buf, and what programs do today in words. */
const LOADS: Readonly<Record<string, string>> = {
  "1": "today: read through the page cache into a heap's buffer",
  "12": "today: direct read into the memfd of a udmabuf, 4 KiB pages",
  "thp": "dmacopy on a stock kernel: direct read into the memfd of a udmabuf, huge pages",
  "22": "dmacopy with the series: copy_file_range into a heap's buffer",
};

/** Ways of a file into dma-bufs, in milliseconds. */
export function loadTable({ rows }: BenchDocument): View {
  const wanted = Object.keys(LOADS);
  const loads = rows.filter(isMeasured).filter(({ id }) => wanted.includes(String(id)))
    .toSorted((a, b) => wanted.indexOf(String(a.id)) - wanted.indexOf(String(b.id)));
  const ms = (value: number) => value.toFixed(0);
  return table(loads, [
    { title: "row", cell: ({ id }) => id },
    { title: "way", cell: ({ id }) => LOADS[String(id)], align: "left" },
    { title: "create, ms", cell: ({ createMs }) => ms(createMs) },
    { title: "I/O, ms", cell: ({ ioMs }) => ms(ioMs) },
    { title: "close, ms", cell: ({ closeMs }) => ms(closeMs) },
    { title: "total, ms", cell: (row) => ms(row.createMs + row.ioMs + row.closeMs) },
  ]);
}

/** Each way to store frames, and what it took. */
export function captureTable(costs: readonly CaptureCost[]): View {
  return table(costs, [
    { title: "way", cell: ({ way }) => way, align: "left" },
    { title: "ring", cell: ({ buffer }) => buffer, align: "left" },
    {
      title: "stored by",
      cell: ({ direct, method }) => `${direct ? "direct" : "buffered"} ${method}`,
      align: "left",
    },
    { title: "format", cell: ({ format }) => format, align: "left" },
    { title: "frames", cell: ({ frames }) => frames },
    { title: "dropped", cell: ({ dropped }) => dropped },
    { title: "CPU, ms per frame", cell: (cost) => cpuPerFrame(cost).toFixed(2) },
    { title: "share of mmap + write", cell: (cost) => percent(shareOf(cost, costs)) },
  ]);
}

/** Each kind of buffers, saved and made again, against the disk's own time. */
export function snapshotTable(costs: readonly SnapshotCost[]): View {
  const times = ({ ms }: { ms: number }, bytes: number) =>
    `${ms.toFixed(0)} (${(ms / (bytes / DISK_BYTES_PER_MS)).toFixed(2)} ×)`;
  return table(costs, [
    { title: "buffers", cell: ({ to, save }) => `${save.buffers} × ${to}`, align: "left" },
    {
      title: "run",
      cell: (cost) => costs.indexOf(cost) === 0 ? "the program's first" : "again",
      align: "left",
    },
    { title: "snapshot, ms", cell: ({ save }) => times(save, save.bytes) },
    { title: "restore, ms", cell: ({ save, restore }) => times(restore, save.bytes) },
    {
      title: "CPU of the snapshot and its checksums, ms",
      cell: ({ save }) => save.cpuMs.toFixed(0),
    },
    { title: "CPU of the restore, ms", cell: ({ restore }) => restore.cpuMs.toFixed(0) },
  ]);
}

function percent(share: number | null): string {
  return share === null ? "" : `${(share * 100).toFixed(1)} %`;
}
