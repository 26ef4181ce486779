import { assertEquals } from "@std/assert";
import {
  differences,
  errorsOf,
  executedShapes,
  shapeOf,
  shapesOf,
} from "../../notebooks/runner/shape.ts";
import { withEndedCells } from "../../notebooks/runner/notebook.ts";
import { codeCell, displayed, notebookOf } from "./_fixtures.ts";

const table = (rows: number) => displayed({ "text/html": ["<table>", "<tr><td>1".repeat(rows)] });

Deno.test("shapeOf() counts the rows and cells of a table", () => {
  assertEquals(shapeOf(table(3)), "display_data: text/html 3 tr 3 td");
});

Deno.test("shapeOf() counts the lines of a stream", () => {
  const output = { output_type: "stream", name: "stdout", text: ["a\n", "b\n"] };
  assertEquals(shapeOf(output), "stdout of 2 lines");
});

Deno.test("shapeOf() counts a plot's marks, not its axes", () => {
  const svg = "<svg><g><line/><path/><rect/><rect/></g></svg>";
  assertEquals(
    shapeOf(displayed({ "image/svg+xml": svg, "text/plain": "a plot" })),
    "display_data: image/svg+xml 1 svg 2 rect, text/plain",
  );
});

Deno.test("differences() names the cell whose output was lost", () => {
  const whole = notebookOf(codeCell("a", table(2)), codeCell("b", table(1), table(1)));
  const lossy = notebookOf(codeCell("a", table(2)), codeCell("b", table(1)));
  assertEquals(differences(shapesOf(whole), shapesOf(whole)), []);
  assertEquals(differences(shapesOf(lossy), shapesOf(whole)), [
    "cell 2 should give [display_data: text/html 1 tr 1 td] " +
    "[display_data: text/html 1 tr 1 td], gave [display_data: text/html 1 tr 1 td]",
  ]);
});

Deno.test("differences() knows nothing of a cell that was edited", () => {
  const before = notebookOf(codeCell("a", table(2)));
  const after = notebookOf(codeCell("a + 1", table(5)));
  assertEquals(differences(shapesOf(after), shapesOf(before)), []);
});

Deno.test("executedShapes() leaves out what was never executed", () => {
  const fresh = { ...codeCell("a"), execution_count: null };
  assertEquals(executedShapes(notebookOf(fresh, codeCell("b"))).map(({ source }) => source), ["b"]);
});

Deno.test("errorsOf() tells what a cell threw", () => {
  const thrown = { output_type: "error", ename: "TypeError", evalue: "no such row" };
  assertEquals(errorsOf(notebookOf(codeCell("a"), codeCell("b", thrown))), [
    "cell 2 threw TypeError: no such row",
  ]);
});

Deno.test("withEndedCells() ends each cell with one newline, and changes no shape", () => {
  const before = notebookOf(codeCell("a\nb", table(1)), codeCell("c\n"));
  const after = withEndedCells(before);
  assertEquals(after.cells.map(({ source }) => source), [["a\n", "b\n"], ["c\n"]]);
  assertEquals(differences(shapesOf(after), shapesOf(before)), []);
  assertEquals(shapesOf(after), shapesOf(before));
});
