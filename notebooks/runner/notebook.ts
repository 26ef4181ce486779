import { writeWhole } from "../../base/write_whole.ts";

/** One output of a code cell, as nbformat 4 has it. */
export interface Output {
  /** "stream", "display_data", "execute_result" or "error". */
  output_type: string;
  /** Of a stream: "stdout" or "stderr". */
  name?: string;
  /** Of a stream. */
  text?: string | string[];
  /** By MIME type. */
  data?: Record<string, unknown>;
  /** Of an error: its class. */
  ename?: string;
  /** Of an error: its message. */
  evalue?: string;
}

/** A cell, as nbformat 4 has it. */
export interface Cell {
  id?: string;
  cell_type: "code" | "markdown" | "raw";
  source: string | string[];
  outputs?: Output[];
  execution_count?: number | null;
  metadata: Record<string, unknown>;
}

/** A notebook, as nbformat 4 has it. */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/** A text that nbformat may have split into lines. */
export function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text ?? "");
}

/** The notebook with a newline at the end of each cell: `deno fmt --check` wants it there. */
export function withEndedCells(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell) => {
    const text = joined(cell.source).trimEnd();
    const source = text.split("\n").map((line) => `${line}\n`);
    return { ...cell, source };
  });
  return { ...notebook, cells };
}

/** Reads a notebook. */
export async function readNotebook(path: string): Promise<Notebook> {
  return JSON.parse(await Deno.readTextFile(path));
}

/** Writes it as Jupyter does, whole or not at all. */
export function writeNotebook(path: string, notebook: Notebook): void {
  writeWhole(path, JSON.stringify(notebook, null, 1) + "\n");
}
