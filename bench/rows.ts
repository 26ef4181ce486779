import type { BufferKind, MethodName, Via } from "../copy/mod.ts";
import type { BufferLabel, MethodLabel, Row } from "./result.ts";

/** The buffers behind the letter's labels. */
export const BUFFERS: Readonly<Record<BufferLabel, { kind: BufferKind; via?: Via }>> = {
  "memfd": { kind: "memfd" },
  "udmabuf+memfd": { kind: "udmabuf", via: "memfd" },
  "udmabuf": { kind: "udmabuf", via: "dmabuf" },
  "dmabuf": { kind: "dmabuf" },
};

/** The methods behind the letter's labels. */
export const METHODS: Readonly<Record<MethodLabel, MethodName>> = {
  "R/W": "read",
  "sendfile": "sendfile",
  "splice": "splice",
  "c_f_r": "copy_file_range",
};

/** The 23 rows of the letter's table. Row 23 repeats row 1 to show drift. */
export const letterRows: readonly Row[] = [
  { id: 1, buffer: "dmabuf", io: "buffer", method: "R/W" },
  { id: 2, buffer: "udmabuf", io: "buffer", method: "R/W" },
  { id: 3, buffer: "memfd", io: "buffer", method: "R/W" },
  { id: 4, buffer: "memfd", io: "direct", method: "R/W" },
  { id: 5, buffer: "memfd", io: "buffer", method: "sendfile" },
  { id: 6, buffer: "memfd", io: "direct", method: "sendfile" },
  { id: 7, buffer: "memfd", io: "buffer", method: "splice" },
  { id: 8, buffer: "memfd", io: "direct", method: "splice" },
  { id: 9, buffer: "memfd", io: "buffer", method: "c_f_r" },
  { id: 10, buffer: "memfd", io: "direct", method: "c_f_r" },
  { id: 11, buffer: "udmabuf+memfd", io: "buffer", method: "R/W" },
  { id: 12, buffer: "udmabuf+memfd", io: "direct", method: "R/W" },
  { id: 13, buffer: "udmabuf+memfd", io: "buffer", method: "sendfile" },
  { id: 14, buffer: "udmabuf+memfd", io: "direct", method: "sendfile" },
  { id: 15, buffer: "udmabuf+memfd", io: "buffer", method: "splice" },
  { id: 16, buffer: "udmabuf+memfd", io: "direct", method: "splice" },
  { id: 17, buffer: "udmabuf+memfd", io: "buffer", method: "c_f_r" },
  { id: 18, buffer: "udmabuf+memfd", io: "direct", method: "c_f_r" },
  { id: 19, buffer: "udmabuf", io: "buffer", method: "c_f_r" },
  { id: 20, buffer: "udmabuf", io: "direct", method: "c_f_r" },
  { id: 21, buffer: "dmabuf", io: "buffer", method: "c_f_r" },
  { id: 22, buffer: "dmabuf", io: "direct", method: "c_f_r" },
  { id: 23, buffer: "dmabuf", io: "buffer", method: "R/W" },
];

/** The row of the disk alone: direct reads into anonymous huge pages, without a copy. */
export const limitRow: Row = {
  id: "limit",
  buffer: "anonymous",
  io: "direct",
  method: "R/W",
  pages: "thp",
  populate: true,
};

const ring = { io: "direct", method: "io_uring", depth: 8 } as const;

/**
 * Rows that the letter does not have. On any kernel with udmabuf and io_uring: huge pages behind a
 * udmabuf, several reads at once by io_uring, and reads that begin before there is a udmabuf. With the
 * series: copy_file_range before there is a udmabuf, and in parallel. On the alternative's kernel: its
 * own methods.
 */
export const extendedRows: readonly Row[] = [
  { id: "thp", buffer: "udmabuf+memfd", io: "direct", method: "R/W", pages: "thp" },
  { id: "hugetlb", buffer: "udmabuf+memfd", io: "direct", method: "R/W", pages: "hugetlb" },
  { id: "uring", buffer: "memfd", ...ring },
  { id: "uring-thp", buffer: "udmabuf+memfd", ...ring, pages: "thp" },
  { id: "uring-hugetlb", buffer: "udmabuf+memfd", ...ring, pages: "hugetlb" },
  { id: "early", buffer: "udmabuf+memfd", ...ring, udmabufLast: true },
  { id: "early-thp", buffer: "udmabuf+memfd", ...ring, pages: "thp", udmabufLast: true },
  { id: "early-cfr", buffer: "udmabuf+memfd", io: "direct", method: "c_f_r", udmabufLast: true },
  { id: "parallel", buffer: "dmabuf", io: "direct", method: "c_f_r", depth: 4 },
  { id: "rw-write", buffer: "dmabuf", io: "direct", method: "R+W" },
  { id: "rw-sendfile-buffer", buffer: "dmabuf", io: "buffer", method: "sendfile" },
  { id: "rw-sendfile", buffer: "dmabuf", io: "direct", method: "sendfile" },
  { id: "rw-splice", buffer: "dmabuf", io: "direct", method: "splice" },
];

const allRows = [...letterRows, limitRow, ...extendedRows];
const groups: ReadonlyMap<string, readonly Row[]> = new Map([
  ["letter", letterRows],
  ["extended", [limitRow, ...extendedRows]],
  ["all", allRows],
]);

function named(part: string): readonly Row[] {
  const group = groups.get(part);
  if (group !== undefined) return group;
  const range = /^(\d+)-(\d+)$/.exec(part);
  const found = range === null
    ? allRows.filter((row) => String(row.id) === part)
    : letterRows.filter((row) => Number(row.id) >= +range[1]! && Number(row.id) <= +range[2]!);
  const whole = range === null || found.length === +range[2]! - +range[1]! + 1;
  if (found.length > 0 && whole) return found;
  throw new RangeError(
    `no row "${part}": rows are 1 to ${letterRows.length}, ranges such as 20-22, ` +
      `${[limitRow, ...extendedRows].map((row) => row.id).join(", ")}, ` +
      `or the groups ${[...groups.keys()].join(", ")}`,
  );
}

/** Sorts rows, or their results, in the table's order. */
export function tableOrder<R extends Pick<Row, "id">>(rows: readonly R[]): R[] {
  const place = ({ id }: R) => allRows.findIndex((row) => row.id === id);
  return rows.toSorted((a, b) => place(a) - place(b));
}

/**
 * The rows that a selection such as "1,12,20-22,limit,extended" names, each once, in the table's
 * order. Without a selection: the letter's rows and the limit.
 *
 * @throws {RangeError} naming the part that is not a row.
 */
export function selectRows(selection = "letter,limit"): Row[] {
  const parts = selection.split(",").map((part) => part.trim()).filter((part) => part !== "");
  if (parts.length === 0) {
    throw new RangeError("no rows selected: name at least one, such as 1,22,limit");
  }
  const wanted = new Set(parts.flatMap(named));
  return allRows.filter((row) => wanted.has(row));
}
