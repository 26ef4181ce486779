import { writeWhole } from "../../base/write_whole.ts";
import { execute, htmlBody, JupyterError } from "./jupyter.ts";
import { joined, type Notebook, readNotebook, withEndedCells, writeNotebook } from "./notebook.ts";
import { page, picturesOf, withPicturesAsHtml } from "./page.ts";
import { type CellShape, differences, errorsOf, executedShapes, shapesOf } from "./shape.ts";

/** The kernel loses some output now and then, rarely of the same cell twice. */
const ATTEMPTS = 5;

/** Options of {@linkcode runNotebook}. */
export interface RunNotebookOptions {
  /** Accept the present outputs of the cells as correct. @default false */
  accept?: boolean;
  /** Replace the notebook by the executed one, and write its page beside it. @default false */
  write?: boolean;
  signal?: AbortSignal;
}

/** The result of a notebook's execution. */
export interface Run {
  /** The number of its code cells. */
  cells: number;
  /** The number of executions until every cell had its output. */
  attempts: number;
}

/**
 * Executes a notebook until every code cell has the output that it should have, and makes its page.
 * A cell should give what the committed notebook has; a new or edited one must give the same twice.
 *
 * @throws {JupyterError} if a cell throws or its output differs each time; nothing is written then
 */
export async function runNotebook(path: string, options: RunNotebookOptions = {}): Promise<Run> {
  const scratch = await Deno.makeTempDir({ prefix: "dmacopy-notebook-" });
  try {
    return await runIn(scratch, path, options);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function runIn(scratch: string, path: string, options: RunNotebookOptions): Promise<Run> {
  const { accept = false, write = false, signal } = options;
  const committed = accept ? [] : executedShapes(await readNotebook(path));
  let previous: CellShape[] | null = null;
  let problems: string[] = [];
  for (let attempts = 1; attempts <= ATTEMPTS; attempts++) {
    const result = await execute(path, scratch, signal);
    const executed = await readNotebook(result);
    failOnErrors(path, executed);
    const shapes = shapesOf(executed);
    problems = differences(shapes, [...previous ?? [], ...committed]);
    if (problems.length === 0 && (previous !== null || covers(committed, shapes))) {
      const html = await pageOf(path, { executed, scratch, signal });
      if (write) {
        writeNotebook(path, withEndedCells(executed));
        writeWhole(path.replace(/\.ipynb$/, ".html"), html);
      }
      return { cells: shapes.length, attempts };
    }
    previous = shapes;
  }
  const all = problems.join("; ");
  throw new JupyterError(`${path}: ${all} (if that is right: --write --accept)`);
}

interface PageOptions {
  executed: Notebook;
  scratch: string;
  signal: AbortSignal | undefined;
}

async function pageOf(path: string, { executed, scratch, signal }: PageOptions): Promise<string> {
  const source = `${scratch}/page.ipynb`;
  writeNotebook(source, withPicturesAsHtml(executed));
  const body = await htmlBody(source, signal);
  const pictures = picturesOf(executed);
  const lost = pictures.filter((picture) => !body.includes(picture)).length;
  if (lost > 0) {
    throw new JupyterError(`${path}: its page lacks ${lost} of ${pictures.length} pictures`);
  }
  return page(titleOf(executed), body);
}

function failOnErrors(path: string, executed: Notebook): void {
  const errors = errorsOf(executed);
  if (errors.length > 0) throw new JupyterError(`${path}: ${errors[0]}`);
}

/** Whether the outputs of every cell are known. */
function covers(known: CellShape[], shapes: CellShape[]): boolean {
  const sources = new Set(known.map(({ source }) => source));
  return shapes.every(({ source }) => sources.has(source));
}

function titleOf({ cells }: Notebook): string {
  const heading = cells.map(({ source }) => joined(source)).join("\n").match(/^# (.*)$/m);
  return heading?.[1] ?? "dmacopy";
}
