import { type Cell, joined, type Notebook, type Output } from "./notebook.ts";

/** Tags that show whether a table or a plot is whole: rows, cells and marks, not axis ticks. */
const TAGS = ["tr", "th", "td", "svg", "rect", "circle"];

/** The properties of an output that a new execution must reproduce: its kind and its amount. */
export function shapeOf(output: Output): string {
  if (output.output_type === "stream") {
    return `${output.name} of ${joined(output.text).trimEnd().split("\n").length} lines`;
  }
  const parts = Object.entries(output.data ?? {}).map(([type, content]) => {
    const text = joined(content);
    const counts = TAGS.map((tag) =>
      [tag, text.split(new RegExp(`<${tag}\\b`)).length - 1] as const
    )
      .filter(([, count]) => count > 0).map(([tag, count]) => `${count} ${tag}`);
    return [type, ...counts].join(" ");
  });
  return `${output.output_type}: ${parts.sort().join(", ")}`;
}

/** A code cell's source and the shapes of its outputs. */
export interface CellShape {
  /** The cell's number among the notebook's code cells, from 1. */
  number: number;
  source: string;
  outputs: string[];
}

/** The shapes of a notebook's code cells. */
export function shapesOf(notebook: Notebook): CellShape[] {
  return notebook.cells.filter(isCode).map((cell, index) => ({
    number: index + 1,
    source: joined(cell.source).trimEnd(),
    outputs: (cell.outputs ?? []).map(shapeOf),
  }));
}

/**
 * The differences between `actual` and the cells with the same source in `expected`, a line each. A cell
 * that `expected` does not have does not differ.
 */
export function differences(actual: CellShape[], expected: CellShape[]): string[] {
  const known = new Map(expected.map((cell) => [cell.source, cell.outputs]));
  return actual.flatMap(({ number, source, outputs }) => {
    const wanted = known.get(source);
    if (wanted === undefined || wanted.join("\n") === outputs.join("\n")) return [];
    return [`cell ${number} should give ${list(wanted)}, gave ${list(outputs)}`];
  });
}

/** The cells that were executed before, so that their outputs are known. */
export function executedShapes(notebook: Notebook): CellShape[] {
  const executed = notebook.cells.filter(isCode).map((cell) => cell.execution_count != null);
  return shapesOf(notebook).filter((_, index) => executed[index]);
}

/** The errors that cells threw, a line each. */
export function errorsOf(notebook: Notebook): string[] {
  return notebook.cells.filter(isCode).flatMap((cell, index) =>
    (cell.outputs ?? []).filter((output) => output.output_type === "error")
      .map(({ ename, evalue }) => `cell ${index + 1} threw ${ename}: ${evalue}`)
  );
}

function isCode(cell: Cell): boolean {
  return cell.cell_type === "code";
}

function list(outputs: string[]): string {
  return outputs.length === 0 ? "nothing" : outputs.map((output) => `[${output}]`).join(" ");
}
