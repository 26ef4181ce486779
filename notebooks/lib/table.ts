import type { View } from "./show.ts";

/** One column of a table. */
export interface Column<T> {
  title: string;
  /** The cell of a row; empty if unknown. */
  cell(row: T): string | number | null | undefined;
  /** The alignment: "right" puts digits below each other. @default "right" */
  align?: "left" | "right";
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Titles may break within a kernel function's name, so that its column is as narrow as its numbers. */
function broken(text: string, name: string): string {
  return name === "th" ? escaped(text).replaceAll(/(?<=\w)_/g, "_<wbr>") : escaped(text);
}

/** Rows as an HTML table, and as Markdown for viewers without HTML. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): View {
  const cells = rows.map((row) => columns.map(({ cell }) => String(cell(row) ?? "")));
  const titles = columns.map(({ title }) => title);
  const tag = (name: string) => (text: string, index: number) =>
    `<${name} style="text-align:${columns[index]?.align ?? "right"}">${
      broken(text, name)
    }</${name}>`;
  const line = (name: string, texts: string[]) => `<tr>${texts.map(tag(name)).join("")}</tr>`;
  const html = [
    "<table>",
    `<thead>${line("th", titles)}</thead>`,
    "<tbody>",
    ...cells.map((texts) => line("td", texts)),
    "</tbody>",
    "</table>",
  ].join("\n");
  const rule = columns.map(({ align }) => align === "left" ? ":--" : "--:");
  const markdown = [titles, rule, ...cells].map((texts) => `| ${texts.join(" | ")} |`).join("\n");
  return { "text/html": html, "text/plain": markdown };
}

/** A text with Markdown's marks. */
export function text(markdown: string): View {
  return { "text/markdown": markdown, "text/plain": markdown };
}
