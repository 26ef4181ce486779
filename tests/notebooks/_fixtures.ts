import type { Counts } from "../../notebooks/measure/counts.ts";
import type { Cell, Notebook, Output } from "../../notebooks/runner/notebook.ts";

/** A code cell that was executed. */
export function codeCell(source: string, ...outputs: Output[]): Cell {
  return { cell_type: "code", source, outputs, execution_count: 1, metadata: {} };
}

/** A notebook of these cells. */
export function notebookOf(...cells: Cell[]): Notebook {
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

/** An output as a cell displays it. */
export function displayed(data: Record<string, unknown>): Output {
  return { output_type: "display_data", data };
}

const BYTES = 2 ** 28;
const PAGES = BYTES / 4096;

/** Counts of a case that moved 256 MiB and did nothing else. */
export function counts(changes: Partial<Counts>): Counts {
  return {
    id: "4",
    name: "Mmap+Direct R",
    buffer: "memfd",
    direct: true,
    method: "R/W",
    bytes: BYTES,
    verified: true,
    copied: {},
    cachePages: 0,
    allocatedPages: PAGES,
    pinned: { pages: 0, calls: 0 },
    drains: [],
    requests: { count: 256, bytes: BYTES },
    interrupts: 256,
    switches: 256,
    ...changes,
  };
}

/** All bytes copied once by a routine, or twice by two. */
export function copied(...routines: string[]): Record<string, number> {
  return Object.fromEntries(routines.map((name) => [name, BYTES + 15_000]));
}

/** Every page once. */
export const allPages = PAGES;
