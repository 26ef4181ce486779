import { writeWhole } from "../../base/write_whole.ts";

/** One output of a code cell in nbformat 4. */
export interface Output {
  /** "stream", "display_data", "execute_result" or "error". */
  output_type: string;
  /** The name of a stream: "stdout" or "stderr". */
  name?: string;
  /** The text of a stream. */
  text?: string | string[];
  /** The data by MIME type. */
  data?: Record<string, unknown>;
  /** The class of an error. */
  ename?: string;
  /** The message of an error. */
  evalue?: string;
}

/** A cell in nbformat 4. */
export interface Cell {
  id?: string;
  cell_type: "code" | "markdown" | "raw";
  source: string | string[];
  outputs?: Output[];
  execution_count?: number | null;
  metadata: Record<string, unknown>;
}

/** A notebook in nbformat 4. */
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

/** The notebook with a newline at the end of each cell, as `deno fmt --check` demands. */
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
