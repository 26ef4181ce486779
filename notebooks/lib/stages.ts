import { type BenchDocument, isMeasured, type MeasuredRow } from "../../bench/mod.ts";
import type { PageCosts, Stages } from "../measure/counts.ts";
import { colours, figure, Plot } from "./figure.ts";
import type { View } from "./show.ts";
import { table } from "./table.ts";

const PAGE_BYTES = 4096;
/** On the model clock an instruction takes a nanosecond. */
const INSTRUCTIONS_PER_MS = 1e6;

/** The share of pinning in the calling thread's instructions in a case's I/O. */
export function pinningShare(stages: readonly Stages[], id: string): number {
  const found = stages.find((stage) => stage.id === id);
  if (!found) throw new Error(`case ${id} was not timed`);
  return (found.functions["pin_user_pages_fast"] ?? 0) / found.thread;
}

/** Instructions for each 4 KiB of the file, by stage. */
export interface PerPage {
  id: string;
  name: string;
  /** Allocate, fault in, map, make the udmabuf. */
  create: number;
  /** Find and pin the pages, fault in missing ones, and build the request for the disk. */
  pin: number;
  /** Mark them dirty before the read and again after it, when they are also released. */
  dirty: number;
  /** Everything else of the calling thread in its I/O. */
  rest: number;
  /** Unmap, close, free. */
  close: number;
}

/** The stages of a row's life, in their order. */
export const stageNames = ["create", "pin", "dirty", "rest", "close"] as const;

/**
 * Instructions of each stage for each 4 KiB. The bench gives creation, closing and the thread's share of the I/O;
 * the traced kernel gives the proportions within the I/O.
 */
export function perPage(
  document: BenchDocument,
  options: { stages: readonly Stages[]; ids: readonly string[] },
): PerPage[] {
  const pages = document.sizeBytes / PAGE_BYTES;
  return options.ids.flatMap((id) => {
    const row = document.rows.filter(isMeasured).find((row) => String(row.id) === id);
    const stage = options.stages.find((stage) => stage.id === id);
    if (row === undefined || stage === undefined) return [];
    const io = threadPerPage(row);
    const of = (name: string) => io * (stage.functions[name] ?? 0) / stage.thread;
    const [pin, before] = [of("bio_iov_iter_get_pages"), of("bio_set_pages_dirty")];
    return [{
      id,
      name: [row.buffer, row.pages, row.io, row.method].filter(Boolean).join(" "),
      create: row.createMs * INSTRUCTIONS_PER_MS / pages,
      pin,
      // The work after the read happens in interrupts, while the thread waits.
      dirty: before + of("bio_check_pages_dirty"),
      rest: io - pin - before,
      close: row.closeMs * INSTRUCTIONS_PER_MS / pages,
    }];
  });
}

/** Instructions of the calling thread in its I/O, for each 4 KiB. */
function threadPerPage(row: MeasuredRow): number {
  const each = row.samples.map((sample) => (sample.instructionsPerByte ?? 0) * PAGE_BYTES);
  return each.reduce((total, value) => total + value, 0) / each.length;
}

const looks = {
  create: { name: "create", colour: colours.orange },
  pin: { name: "pin", colour: colours.blue },
  dirty: { name: "mark dirty, let go", colour: colours.green },
  rest: { name: "rest of the I/O", colour: colours.purple },
  close: { name: "close", colour: colours.grey },
} as const;

/** Stacked instructions by stage. */
export function stageChart(rows: readonly PerPage[]): View {
  const label = ({ id, name }: PerPage) => /^\d/.test(id) ? `${id} ${name}` : name;
  const bars = rows.flatMap((row) =>
    stageNames.map((stage) => ({ row: label(row), stage, count: row[stage] }))
  );
  const total = (row: PerPage) => stageNames.reduce((sum, stage) => sum + row[stage], 0);
  return figure({
    title: "Instructions for each 4 KiB of the file",
    alt: rows.map((row) =>
      `${label(row)}: ${total(row).toFixed(0)}, of which ${
        stageNames.map((stage) => `${looks[stage].name} ${row[stage].toFixed(0)}`).join(", ")
      }`
    ).join(". "),
    legend: stageNames.map((stage) => looks[stage]),
    width: 760,
    height: 60 + 30 * rows.length,
    marginLeft: 220,
    x: { label: "instructions per page →", grid: true },
    y: { label: null, domain: rows.map(label) },
    color: { domain: [...stageNames], range: stageNames.map((stage) => looks[stage].colour) },
    marks: [Plot.barX(bars, { y: "row", x: "count", fill: "stage", order: [...stageNames] })],
  });
}

/** The same as numbers. */
export function stageTable(rows: readonly PerPage[]): View {
  return table(rows, [
    {
      title: "row",
      cell: ({ id, name }) => /^\d/.test(id) ? `${id} ${name}` : name,
      align: "left",
    },
    ...stageNames.map((stage) => ({
      title: looks[stage].name,
      cell: (row: PerPage) => row[stage].toFixed(row[stage] < 10 ? 1 : 0),
    })),
    {
      title: "total",
      cell: (row) => stageNames.reduce((sum, stage) => sum + row[stage], 0).toFixed(0),
    },
  ]);
}

/** Rows of the stock kernel with huge pages beside those that need the series. */
export function stockTable(documents: { stock: BenchDocument; series: BenchDocument }): View {
  const ids = [12, "thp", "hugetlb", 20, 22];
  const find = (document: BenchDocument, id: number | string) =>
    document.rows.find((row) => row.id === id);
  const times = (document: BenchDocument, id: number | string) => {
    const row = find(document, id);
    if (row === undefined) return "";
    if (!isMeasured(row)) return row.unsupported.errno;
    return `${row.createMs.toFixed(0)} + ${row.ioMs.toFixed(0)} + ${row.closeMs.toFixed(0)}`;
  };
  return table(ids, [
    { title: "row", cell: (id) => id, align: "left" },
    {
      title: "",
      cell: (id) => {
        const row = find(documents.series, id);
        const pages = row?.pages ? ` ${row.pages}` : "";
        return row && `${row.buffer}${pages} ${row.io} ${row.method}`;
      },
      align: "left",
    },
    { title: "stock: create + I/O + close, ms", cell: (id) => times(documents.stock, id) },
    { title: "with the series", cell: (id) => times(documents.series, id) },
  ]);
}

/** The cost of pinning in some cases, in instructions per page and as a share of the thread's. */
export function pinningTable(stages: readonly Stages[], ids: readonly string[]): View {
  const rows = ids.flatMap((id) => stages.filter((stage) => stage.id === id));
  const each = ({ bytes }: Stages, count = 0) => (count / (bytes / PAGE_BYTES)).toFixed(0);
  const share = ({ thread }: Stages, count = 0) => (count / thread * 100).toFixed(0);
  const [pin, build] = ["pin_user_pages_fast", "bio_iov_iter_get_pages"] as const;
  return table(rows, [
    { title: "", cell: ({ name }) => name, align: "left" },
    { title: "instructions per page", cell: (stage) => each(stage, stage.thread) },
    { title: "pinning", cell: (stage) => each(stage, stage.functions[pin]) },
    { title: "%", cell: (stage) => share(stage, stage.functions[pin]) },
    { title: "pinning and building the bio", cell: (stage) => each(stage, stage.functions[build]) },
    { title: "%", cell: (stage) => share(stage, stage.functions[build]) },
  ]);
}

/** Whether the CPU's work and the disk's overlap: times of 256 MiB, and in how many bios. */
export function overlapTable(stages: readonly Stages[], ids: readonly string[]): View {
  const rows = ids.flatMap((id) => stages.filter((stage) => stage.id === id));
  const milliseconds = (ns: number) => (ns / INSTRUCTIONS_PER_MS).toFixed(0);
  return table(rows, [
    { title: "", cell: ({ name }) => name, align: "left" },
    { title: "CPU, ms", cell: ({ thread }) => milliseconds(thread) },
    { title: "total, ms", cell: ({ elapsed }) => milliseconds(elapsed) },
    { title: "total minus CPU, ms", cell: ({ elapsed, thread }) => milliseconds(elapsed - thread) },
    { title: "bios", cell: ({ calls }) => calls["bio_iov_iter_get_pages"] },
  ]);
}

/** The work on memory before and after a read into it, in instructions per 4 KiB. */
export interface PageCostRow {
  what: string;
  /** The costs by kind of page. */
  cost: Record<PageCosts["pages"], number>;
}

/** The work on a memfd's memory, from its allocation to the release of the pins. */
export function pageCostRows(
  pages: readonly PageCosts[],
  stages: readonly Stages[],
): PageCostRow[] {
  const of = (kind: PageCosts["pages"]) => {
    const costs = pages.find((costs) => costs.pages === kind)!;
    const read = stages.find(({ id }) => id === (kind === "4k" ? "4 made" : `${kind} made`))!;
    const each = (count: number, bytes: number) => count / (bytes / PAGE_BYTES);
    const made = (count: number) => each(count, costs.bytes);
    const spent = (name: string) => each(read.functions[name] ?? 0, read.bytes);
    return {
      "allocate, clear, enter into the memfd": made(costs.made - costs.mapped),
      "fault into the page tables": made(costs.mapped - costs.found),
      "look up, one by one": made(costs.found),
      "look up and pin, many at once": spent("pin_user_pages_fast"),
      "make a request of them": spent("bio_iov_iter_get_pages") - spent("pin_user_pages_fast"),
      "mark dirty before the read": spent("bio_set_pages_dirty"),
      "check that they are dirty, unpin": spent("bio_check_pages_dirty"),
    };
  };
  const cost = { "4k": of("4k"), thp: of("thp"), hugetlb: of("hugetlb") };
  return (Object.keys(cost["4k"]) as (keyof typeof cost["4k"])[]).map((what) => ({
    what,
    cost: { "4k": cost["4k"][what], thp: cost.thp[what], hugetlb: cost.hugetlb[what] },
  }));
}

/** The same as a table. */
export function pageCostTable(rows: readonly PageCostRow[]): View {
  const number = (value: number) => value.toFixed(value < 10 ? 1 : 0);
  return table(rows, [
    { title: "instructions for each 4 KiB", cell: ({ what }) => what, align: "left" },
    { title: "4 KiB pages", cell: ({ cost }) => number(cost["4k"]) },
    { title: "transparent huge pages", cell: ({ cost }) => number(cost.thp) },
    { title: "hugetlb", cell: ({ cost }) => number(cost.hugetlb) },
  ]);
}

/** The cost of the series' exporters to describe their memory, among the thread's instructions. */
export function describingTable(stages: readonly Stages[]): View {
  const cases = [["20", "fill_bvecs_udmabuf"], ["22", "system_heap_fill_bvecs"]] as const;
  const rows = cases.flatMap(([id, name]) => {
    const found = stages.find((stage) => stage.id === id);
    return found
      ? [{ id, name: found.name, took: found.functions[name] ?? 0, of: found.thread }]
      : [];
  });
  return table(rows, [
    { title: "row", cell: ({ id, name }) => `${id} ${name}`, align: "left" },
    { title: "instructions of the I/O", cell: ({ of }) => of },
    { title: "to describe the memory", cell: ({ took }) => took },
    { title: "%", cell: ({ took, of }) => (took / of * 100).toFixed(2) },
  ]);
}
