import Table from "cli-table3";
import { CHECKS, type SeriesCheck } from "../kernel/lab/mod.ts";
import { PLAIN } from "../terminal/plain_table.ts";

/** The checks of a series as a table, their complaints below it, and the count. */
export function seriesTable(rows: readonly SeriesCheck[]): { text: string; failed: number } {
  const table = new Table(PLAIN);
  table.push(["", ...CHECKS]);
  for (const { name, found } of rows) {
    table.push([name, ...CHECKS.map((check) => cell(found[check]))]);
  }
  const complaints = rows.flatMap(({ name, found }) =>
    Object.entries(found).flatMap(([check, lines]) =>
      lines.map((line) => `${name}: ${check}: ${line}`)
    )
  );
  const cells = rows.flatMap(({ found }) => Object.values(found));
  const failed = cells.filter((lines) => lines.length > 0).length;
  const count = `${cells.length - failed} passed, ${failed} failed`;
  return { text: [table.toString(), ...complaints, "", count].join("\n"), failed };
}

function cell(complaints: readonly string[] | undefined): string {
  if (complaints === undefined) return "";
  return complaints.length === 0 ? "ok" : `${complaints.length} new`;
}
