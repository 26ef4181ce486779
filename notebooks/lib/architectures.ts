import {
  type BenchDocument,
  compareWithLetter,
  isMeasured,
  letterFigures,
} from "../../bench/mod.ts";
import type { MeasuredRow } from "../../bench/mod.ts";
import type { View } from "./show.ts";
import { type Column, table } from "./table.ts";
import { label, type Pair, pairs } from "./throughput.ts";

/** The same rows, measured on a machine of each architecture. */
export interface Architectures {
  arm64: BenchDocument;
  x86: BenchDocument;
}

/** And on the letter's filesystem. */
export interface Systems extends Architectures {
  /** Of arm64. */
  f2fs: BenchDocument;
}

const NAMES: Record<keyof Systems, string> = {
  arm64: "arm64, ext4",
  f2fs: "arm64, F2FS",
  x86: "x86-64, ext4",
};
const SYSTEMS = Object.keys(NAMES) as (keyof Systems)[];
const ARCHITECTURES: readonly (keyof Architectures)[] = ["arm64", "x86"];
const GIB = 2 ** 30;
/** The letter's CPU and the model's both tick a million times in a millisecond. */
const TICKS_PER_MS = 1e6;
const UNIT_BYTES = 4096;

/** The letter's rows of a document, each for 1 GiB as the letter's are. */
export function pairsOfGib(document: BenchDocument): Pair[] {
  const times = GIB / document.sizeBytes;
  return pairs(document).map(({ row, letter }) => ({
    letter,
    row: {
      ...row,
      createMs: row.createMs * times,
      ioMs: row.ioMs * times,
      closeMs: row.closeMs * times,
    },
  }));
}

/** By how much figures are off the letter's on average, whichever way: a factor, at least 1. */
export function meanFactor(rows: readonly Pair[], of: (figures: Figures) => number): number {
  const logs = rows.map(({ row, letter }) => Math.abs(Math.log(of(row) / of(letter))));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

/** The times that a measured row and the letter's row both have. */
type Figures = Pick<MeasuredRow, "createMs" | "ioMs" | "closeMs">;

/** How near each system comes to the letter, over all of its rows. */
export function agreementTable(documents: Systems): View {
  const columns: Column<keyof Systems>[] = [
    { title: "system", cell: (key) => NAMES[key], align: "left" },
    {
      title: "rank agreement, I/O",
      cell: (key) => compareWithLetter(documents[key]).rankCorrelation?.toFixed(2),
    },
    {
      title: "mean factor off, I/O",
      cell: (key) => meanFactor(pairsOfGib(documents[key]), ({ ioMs }) => ioMs).toFixed(2),
    },
    {
      title: "mean factor off, create + I/O + close",
      cell: (key) =>
        meanFactor(
          pairsOfGib(documents[key]),
          ({ createMs, ioMs, closeMs }) => createMs + ioMs + closeMs,
        ).toFixed(2),
    },
  ];
  return table(SYSTEMS, columns);
}

/** The letter's I/O times for 1 GiB, and each system's beside them. */
export function sideBySide({ arm64, x86, f2fs }: Systems): View {
  const byId = (document: BenchDocument) =>
    new Map(pairsOfGib(document).map(({ row }) => [row.id, row]));
  const [other, onF2fs] = [byId(x86), byId(f2fs)];
  const factor = (ms: number | undefined, letterMs: number) =>
    ms === undefined ? undefined : (ms / letterMs).toFixed(2);
  return table<Pair>(pairs(arm64), [
    { title: "row", cell: ({ row }) => label(row), align: "left" },
    { title: "letter, I/O ms", cell: ({ letter }) => letter.ioMs },
    { title: "arm64", cell: ({ row }) => row.ioMs.toFixed(0) },
    { title: "arm64, F2FS", cell: ({ row }) => onF2fs.get(row.id)?.ioMs.toFixed(0) },
    { title: "x86-64", cell: ({ row }) => other.get(row.id)?.ioMs.toFixed(0) },
    { title: "arm64 ÷ letter", cell: ({ row, letter }) => factor(row.ioMs, letter.ioMs) },
    {
      title: "x86-64 ÷ letter",
      cell: ({ row, letter }) => factor(other.get(row.id)?.ioMs, letter.ioMs),
    },
  ]);
}

/** Work of the CPU that one part of one row does, and hardly anything else. */
interface Work {
  what: string;
  id: number | string;
  part: "create" | "io" | "close";
}

const WORK: readonly Work[] = [
  { what: "clear memory in huge pages", id: "limit", part: "create" },
  { what: "read and copy through a mapping (row 1)", id: 1, part: "io" },
  { what: "read and copy within the kernel (row 21)", id: 21, part: "io" },
  { what: "make a udmabuf of 4 KiB pages (row 20)", id: 20, part: "create" },
  { what: "close it (row 20)", id: 20, part: "close" },
  { what: "read into 4 KiB pages through their mapping (row 12)", id: 12, part: "io" },
];

/** The CPU's instructions for each 4 KiB of a part of a row, and the letter's cycles. */
export function workTable(documents: Architectures): View {
  const each = (ms: number | undefined, { sizeBytes }: BenchDocument) =>
    ms === undefined ? undefined : (ms * TICKS_PER_MS / (sizeBytes / UNIT_BYTES)).toFixed(0);
  return table<Work>(WORK, [
    { title: "instructions for each 4 KiB", cell: ({ what }) => what, align: "left" },
    ...ARCHITECTURES.map((key): Column<Work> => ({
      title: key === "x86" ? "x86-64" : key,
      cell: (work) => each(cpuMs(work, documents[key]), documents[key]),
    })),
    {
      title: "letter, cycles",
      cell: ({ id, part }) => each(letterFigures(id)?.[`${part}Ms`], documents.arm64),
    },
  ]);
}

/** The CPU time of a part of a row, by the median of its samples. */
function cpuMs({ id, part }: Work, { rows }: BenchDocument): number | undefined {
  const row = rows.filter(isMeasured).find((row) => row.id === id);
  const all = row?.samples.map(({ cpu }) => cpu[part].userMs + cpu[part].systemMs)
    .sort((a, b) => a - b);
  return all?.[Math.floor(all.length / 2)];
}
