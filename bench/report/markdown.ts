import type { BenchDocument } from "../result.ts";
import { cellsOf, columnsOf } from "./columns.ts";
import { conditions } from "./format.ts";
import { rankAgreement } from "./text.ts";

function line(cells: readonly string[]): string {
  return `| ${
    cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")
  } |`;
}

/** The same table as Markdown. */
export function renderMarkdown(document: BenchDocument): string {
  const columns = columnsOf(document);
  const rows = document.rows.map((row) => {
    const { cells, reason } = cellsOf(row, columns);
    const all = reason === null ? cells : [...cells, reason];
    return line([...all, ...Array<string>(columns.length - all.length).fill("")]);
  });
  const agreement = rankAgreement(document);
  return [
    ...conditions(document).map((condition) => `- ${condition}`),
    "",
    line(columns.map((column) => column.title)),
    line(columns.map((column) => column.align === "right" ? "--:" : ":--")),
    ...rows,
    "",
    ...(agreement === null ? [] : [agreement, ""]),
  ].join("\n");
}
