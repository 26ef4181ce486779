import type { BufferKind } from "../../copy/mod.ts";

const [KIB, MIB, GIB] = [2 ** 10, 2 ** 20, 2 ** 30];

/** The files that a row copies. */
export type CopyFiles =
  /** The first `bytes` of the bench's file, repeated if the file is smaller. */
  | { kind: "one"; bytes: number }
  /** Files of equal size, each with its own buffer. */
  | { kind: "shards"; count: number; bytes: number }
  /** All tensors of a GGUF whose data begins 32 bytes after the start of a page. */
  | { kind: "tensors" };

/** The limit of a row: a multiple of the device's own time, or milliseconds beyond it. */
export type CopyLimit = { times: number } | { ownMs: number };

/** A case of `copy` and its limit. Rows are data. */
export interface CopyRow {
  /** Its name. */
  id: string;
  /** Its description. */
  what: string;
  files: CopyFiles;
  /** @default the fastest on this kernel */
  to?: BufferKind;
  /** The size for `copy --split`, in bytes. */
  splitBytes?: number;
  /** Whether the time includes the verification. */
  verify?: true;
  /** Whether it is the first call of a process, as of the command line. Else the process has made some before. */
  firstCall?: true;
  /** Whether the page cache is full of other files. */
  fullCache?: true;
  /** The guest's memory in MiB. */
  memoryMiB: number;
  limit: CopyLimit;
  /**
   * The target, in the unit of the limit; until it is reached, the limit is slightly above the measured
   * value, so that it gets no worse.
   *
   * @default the limit
   */
  goal?: number;
}

const USUAL = { memoryMiB: 4096 } as const;
const SMALL_GUEST = { fullCache: true, memoryMiB: 2048 } as const;
const ONE_GIB = { kind: "one", bytes: GIB } as const;
const SHARDS = { kind: "shards", count: 200, bytes: 5 * MIB } as const;
const TENSORS = { kind: "tensors" } as const;

/** The cases that users meet. */
const caseRows: readonly CopyRow[] = [
  { id: "udmabuf", what: "1 GiB", files: ONE_GIB, to: "udmabuf", ...USUAL, limit: { times: 1.04 } },
  { id: "dmabuf", what: "1 GiB", files: ONE_GIB, to: "dmabuf", ...USUAL, limit: { times: 1.04 } },
  ...firstCalls(GIB, { limit: { times: 1.05 }, goal: 1.04 }),
  ...firstCalls(4 * KIB, { limit: { ownMs: 8 }, goal: 1.5 }),
  ...firstCalls(MIB, { limit: { ownMs: 8 }, goal: 1.5 }),
  ...eachBuffer("shards", {
    ...{ what: "200 files of 5 MiB", files: SHARDS, limit: { times: 1.22 }, goal: 1.15 },
  }),
  {
    ...{ id: "tensors-udmabuf", what: "291 tensors of a GGUF", files: TENSORS, to: "udmabuf" },
    ...USUAL,
    limit: { times: 1.05 },
  },
  {
    ...{ id: "tensors-dmabuf", what: "291 tensors of a GGUF", files: TENSORS, to: "dmabuf" },
    ...USUAL,
    limit: { times: 1.1 },
  },
  ...eachBuffer("verify", {
    ...{ what: "1 GiB, verified", files: ONE_GIB, verify: true, limit: { times: 2.2 } },
  }),
  {
    ...{ id: "full-cache", what: "1 GiB, page cache full", files: ONE_GIB, ...SMALL_GUEST },
    ...{ limit: { times: 3 }, goal: 1.3 },
  },
  {
    ...{ id: "full-cache-udmabuf", what: "1 GiB, page cache full", files: ONE_GIB, to: "udmabuf" },
    ...{ ...SMALL_GUEST, limit: { times: 3 }, goal: 1.3 },
  },
  {
    ...{ id: "full-cache-dmabuf", what: "1 GiB, page cache full", files: ONE_GIB, to: "dmabuf" },
    ...{ ...SMALL_GUEST, limit: { times: 4.3 }, goal: 1.3 },
  },
  {
    ...{ id: "full-cache-split", what: "1 GiB in parts of 32 MiB, page cache full" },
    ...{ files: ONE_GIB, to: "udmabuf", splitBytes: 32 * MIB, ...SMALL_GUEST },
    ...{ limit: { times: 3 }, goal: 1.58 },
  },
];

/** Rows that show how the cost of a copy grows with its size. */
const growthRows: readonly CopyRow[] = [
  ...[4 * KIB, 64 * KIB, MIB].map((bytes) => growth(bytes, { ownMs: 1.5 })),
  ...[16 * MIB, 256 * MIB].map((bytes) => growth(bytes, { times: 1.5 })),
  ...[1, 2, 4, 8].map((gib) => growth(gib * GIB, { times: 1.04 })),
];

const groups: ReadonlyMap<string, readonly CopyRow[]> = new Map([
  ["cases", caseRows],
  ["growth", growthRows],
  ["all", [...caseRows, ...growthRows]],
]);

type Shared = Omit<CopyRow, "id" | "to" | "memoryMiB"> & { memoryMiB?: number };

function eachBuffer(id: string, shared: Shared): CopyRow[] {
  return (["udmabuf", "dmabuf"] as const).map((to) => ({
    ...{ ...USUAL, ...shared, id: `${id}-${to}`, to },
  }));
}

function firstCalls(bytes: number, bounds: Pick<CopyRow, "limit" | "goal">): CopyRow[] {
  const what = `${sizeName(bytes)}, first call of a process`;
  return eachBuffer(`first-${idOf(bytes)}`, {
    ...{ what, files: { kind: "one", bytes }, firstCall: true, ...bounds },
  });
}

/** The largest row needs a guest with enough memory. */
function growth(bytes: number, limit: CopyLimit): CopyRow {
  const memoryMiB = bytes > GIB ? bytes / MIB + 2048 : USUAL.memoryMiB;
  return {
    ...{ id: `growth-${idOf(bytes)}`, what: sizeName(bytes), files: { kind: "one", bytes } },
    ...{ memoryMiB, limit },
  };
}

function sizeName(bytes: number): string {
  const [unit, name] = bytes >= GIB ? [GIB, "GiB"] : bytes >= MIB ? [MIB, "MiB"] : [KIB, "KiB"];
  return `${bytes / unit} ${name}`;
}

function idOf(bytes: number): string {
  return sizeName(bytes).replace(" ", "").toLowerCase();
}

/**
 * The rows that a selection such as "shards-udmabuf,growth" names, each once, in the table's order.
 *
 * @throws {RangeError} naming the part that is not a row
 */
export function selectCopyRows(selection = "cases"): CopyRow[] {
  const all = groups.get("all")!;
  const parts = selection.split(",").map((part) => part.trim()).filter((part) => part !== "");
  const wanted = new Set(parts.flatMap((part) => {
    const found = groups.get(part) ?? all.filter(({ id }) => id === part);
    if (found.length > 0) return found;
    const names = [...all.map(({ id }) => id), ...groups.keys()].join(", ");
    throw new RangeError(`no row "${part}": rows are ${names}`);
  }));
  if (wanted.size === 0) throw new RangeError("no rows selected: name at least one, such as cases");
  return all.filter((row) => wanted.has(row));
}
