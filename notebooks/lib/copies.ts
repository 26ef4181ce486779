import type { Counts, Refusal, Stages } from "../measure/counts.ts";
import type { View } from "./show.ts";
import { pinningShare } from "./stages.ts";
import { type Column, table } from "./table.ts";

const PAGE_BYTES = 4096;
const MIB = 2 ** 20;

/** The ratio of two counts, with two digits. */
function ratio(part: number, whole: number): string {
  return (part / whole).toFixed(2);
}

/** How often the CPU copied each byte of the file. */
export function cpuCopies({ copied, bytes }: Counts): number {
  return Object.values(copied).reduce((total, moved) => total + moved, 0) / bytes;
}

/** Page-cache pages added, per page of the file. */
export function cacheShare({ cachePages, bytes }: Counts): number {
  return cachePages / (bytes / PAGE_BYTES);
}

/** Pages pinned through the page tables, per page of the file. */
export function pinShare({ pinned, bytes }: Counts): number {
  return pinned.pages / (bytes / PAGE_BYTES);
}

/** The most that a pipe held when it was emptied, in bytes; null if no pipe was used. */
export function pipeBytes({ drains }: Counts): number | null {
  return drains.length === 0 ? null : Math.max(...drains.map(({ bytes }) => bytes));
}

/** A method's entry in the letter's analysis table. */
export interface Analysis {
  /** The method's number there. */
  id: string;
  /** CPU copies; null for "N/A". */
  copies: number | null;
  overhead: string;
  flow: string;
}

/** The letter's analysis table with its data flows, as printed. */
export const letterAnalysis: readonly Analysis[] = [
  {
    id: "1",
    copies: 2,
    overhead: "Alloc(cache) & 2 CPU copies",
    flow: "[DISK] -DMA-> [Alloc(cache)] -COPY-> [usr_buf] -COPY-> [MEM]",
  },
  {
    id: "2",
    copies: 1,
    overhead: "GUP(usr_buf) & 1 CPU copy",
    flow: "[DISK] -DMA-> [GUP(usr_buf)] -COPY-> [MEM]",
  },
  {
    id: "3",
    copies: 1,
    overhead: "Alloc(cache) & 1 CPU copy",
    flow: "[DISK] -DMA-> [Alloc(cache)] -COPY-> [mem_buf]",
  },
  { id: "4", copies: 0, overhead: "GUP(mem_buf) ~50% CPU", flow: "[DISK] -DMA-> [GUP(mem_buf)]" },
  {
    id: "5",
    copies: 1,
    overhead: "Alloc(cache) & 1 CPU copy",
    flow: "[DISK] -DMA-> [pipe(Alloc(cache))] -COPY-> [tmpfs page]",
  },
  {
    id: "6",
    copies: 1,
    overhead: "Small pipe, high IRQ",
    flow: "[DISK] -DMA-> [pipe(buf)] -COPY-> [tmpfs page]",
  },
  {
    id: "7",
    copies: 1,
    overhead: "Alloc(cache) & 1 CPU copy",
    flow: "[DISK] -DMA-> [big_pipe(Alloc(cache))] -COPY-> [tmpfs page]",
  },
  {
    id: "8",
    copies: 1,
    overhead: "Larger pipe buffer",
    flow: "[DISK] -DMA-> [big_pipe(buf)] -COPY-> [tmpfs page]",
  },
  { id: "9", copies: null, overhead: "Cross-FS blocked", flow: "[DISK] -DMA-> [tmpfs page]" },
];

/** The counts, each by the file's bytes, pages or MiB, and the share of pinning. */
export function countTable(counts: readonly Counts[], stages: readonly Stages[]): View {
  const mebibytes = ({ bytes }: Counts) => bytes / MIB;
  const columns: Column<Counts>[] = [
    { title: "method", cell: ({ id, name }) => `${id} ${name}`, align: "left" },
    { title: "CPU copies", cell: (count) => cpuCopies(count).toFixed(2) },
    {
      title: "_copy_to_iter",
      cell: ({ copied, bytes }) => ratio(copied["_copy_to_iter"] ?? 0, bytes),
    },
    {
      title: "copy_page_from_iter_atomic",
      cell: ({ copied, bytes }) => ratio(copied["copy_page_from_iter_atomic"] ?? 0, bytes),
    },
    { title: "cache pages per page", cell: (count) => cacheShare(count).toFixed(2) },
    { title: "pinned pages per page", cell: (count) => pinShare(count).toFixed(2) },
    {
      title: "pinning, % of instructions",
      cell: ({ id }) => (pinningShare(stages, id) * 100).toFixed(0),
    },
    {
      title: "allocated pages per page",
      cell: ({ allocatedPages, bytes }) => ratio(allocatedPages, bytes / PAGE_BYTES),
    },
    { title: "pipe, KiB", cell: (count) => (pipeBytes(count) ?? 0) / 1024 || "none" },
    {
      title: "requests per MiB",
      cell: (count) => (count.requests.count / mebibytes(count)).toFixed(1),
    },
    {
      title: "KiB per request",
      cell: ({ requests }) => (requests.bytes / requests.count / 1024).toFixed(0),
    },
    {
      title: "interrupts per MiB",
      cell: (count) => (count.interrupts / mebibytes(count)).toFixed(1),
    },
    {
      title: "context switches per MiB",
      cell: (count) => (count.switches / mebibytes(count)).toFixed(1),
    },
    { title: "data", cell: ({ verified }) => verified ? "right" : "WRONG" },
  ];
  return table(counts, columns);
}

/** A claim of the letter's, the measurement of it, and whether they agree. */
export interface Finding {
  method: string;
  claim: string;
  measured: string;
  agrees: boolean;
}

/** The input of the findings besides the counts. */
export interface Evidence {
  counts: readonly Counts[];
  refusals: readonly Refusal[];
  /** The share of pinning in the calling thread's instructions in method 4; 0 to 1. */
  pinning: number;
}

const isAbout = (value: number, wanted: number) => Math.abs(value - wanted) < 0.05;

/** Each claim of the letter's analysis table against what was counted. */
export function findings({ counts, refusals, pinning }: Evidence): Finding[] {
  const of = (id: string) => {
    const found = counts.find((count) => count.id === id);
    if (!found) throw new Error(`method ${id} was not measured`);
    return found;
  };
  const copies = letterAnalysis.flatMap(({ id, copies }): Finding[] => {
    if (copies === null) return [];
    const measured = cpuCopies(of(id));
    return [{
      method: `${id} ${of(id).name}`,
      claim: `${copies} CPU ${copies === 1 ? "copy" : "copies"}`,
      measured: measured.toFixed(2),
      agrees: isAbout(measured, copies),
    }];
  });
  const caches = letterAnalysis.filter(({ overhead }) => overhead.includes("Alloc(cache)"))
    .map(({ id }): Finding => ({
      method: `${id} ${of(id).name}`,
      claim: "allocates page cache",
      measured: `${cacheShare(of(id)).toFixed(2)} cache pages for each page of the file`,
      agrees: isAbout(cacheShare(of(id)), 1),
    }));
  return [...copies, ...caches, ...pins(of, pinning), ...pipes(of), ...blocked(of, refusals)]
    .sort((a, b) => parseInt(a.method) - parseInt(b.method));
}

type Of = (id: string) => Counts;

function pins(of: Of, pinning: number): Finding[] {
  return [
    ...["2", "4"].map((id): Finding => ({
      method: `${id} ${of(id).name}`,
      claim: `GUP of the ${id === "2" ? "usr_buf" : "mem_buf"}`,
      measured: `${pinShare(of(id)).toFixed(2)} pages pinned for each page of the file`,
      agrees: isAbout(pinShare(of(id)), 1),
    })),
    {
      method: `4 ${of("4").name}`,
      claim: "GUP takes ~50% of the CPU",
      measured: `${(pinning * 100).toFixed(0)} % of the thread's instructions`,
      agrees: Math.abs(pinning - 0.5) <= 0.1,
    },
  ];
}

function pipes(of: Of): Finding[] {
  const [small, large] = [of("6"), of("8")];
  const [smallPipe, largePipe] = [pipeBytes(small) ?? 0, pipeBytes(large) ?? 0];
  const perMiB = ({ interrupts, bytes }: Counts) => interrupts / (bytes / MIB);
  const [few, many] = [perMiB(of("4")), perMiB(small)];
  return [
    {
      method: `6 ${small.name}`,
      claim: "small pipe",
      measured: `${smallPipe / 1024} KiB at once, ${smallPipe / PAGE_BYTES} buffers`,
      agrees: smallPipe > 0 && smallPipe <= 16 * PAGE_BYTES,
    },
    {
      method: `6 ${small.name}`,
      claim: "high IRQ",
      measured: `${many.toFixed(1)} interrupts per MiB, ${(many / few).toFixed(1)} × method 4's`,
      agrees: many > 2 * few,
    },
    {
      method: `8 ${large.name}`,
      claim: "larger pipe buffer",
      measured: `${largePipe / 1024} KiB at once, ${largePipe / PAGE_BYTES} buffers`,
      agrees: largePipe > smallPipe,
    },
  ];
}

function blocked(of: Of, refusals: readonly Refusal[]): Finding[] {
  const found = refusals.find(({ id }) => id === "9");
  if (found === undefined) return [];
  const answer = found.error ? `${found.error.call}: ${found.error.errno}` : "it copies";
  return [{
    method: "9 c_f_r",
    claim: "CPU copies: N/A",
    measured: `${answer}; ${cpuCopies(of("9")).toFixed(2)} with the series`,
    agrees: found.error !== null,
  }, {
    method: "9 c_f_r",
    claim: "cross-FS blocked",
    measured: answer,
    agrees: found.error?.errno === "EXDEV",
  }];
}

/** The findings, a line each. */
export function findingTable(rows: readonly Finding[]): View {
  return table(rows, [
    { title: "method", cell: ({ method }) => method, align: "left" },
    { title: "the letter", cell: ({ claim }) => claim, align: "left" },
    { title: "measured", cell: ({ measured }) => measured, align: "left" },
    { title: "", cell: ({ agrees }) => agrees ? "agrees" : "DIFFERS", align: "left" },
  ]);
}

/** The stock kernel's answers to copies that need the series. */
export function refusalTable(refusals: readonly Refusal[]): View {
  return table(refusals, [
    { title: "call", cell: ({ name }) => name, align: "left" },
    {
      title: "the stock kernel's answer",
      cell: ({ error }) => error ? `${error.errno} from ${error.call}` : "it works",
      align: "left",
    },
  ]);
}
