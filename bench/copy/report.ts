import Table from "npm:cli-table3@0.6.5";
import { ms } from "../report/format.ts";
import { plain, trimmed } from "../report/plain.ts";
import { type CopyBenchDocument, isCopyResult, limitOf, measureOf, overLimit } from "./result.ts";
import type { CopyRow } from "./rows.ts";

/** The results as a table for a terminal, and the rows that exceed their limits. */
export function renderCopyText(document: CopyBenchDocument): string {
  const over = new Set(overLimit(document));
  const table = new Table({
    ...plain,
    head: ["row", "what", "into", "ms", "device", "CPU", "is", "limit", "goal", ""],
    colAligns: [
      ...["left", "left", "left", "right", "right", "right"] as const,
      ...["right", "right", "right", "left"] as const,
    ],
  });
  for (const row of document.rows) {
    const name = [row.id, row.what, row.to ?? "fastest"];
    if (!isCopyResult(row)) {
      table.push([...name, { content: `unsupported: ${row.unsupported}`, colSpan: 7 }]);
      continue;
    }
    const [sample] = row.samples;
    table.push([
      ...name,
      ...[ms(row.medianMs), ms(row.deviceMs)],
      sample?.cpuMs === null || sample === undefined ? "" : ms(sample.cpuMs),
      inUnit(row, measureOf(row)),
      inUnit(row, limitOf(row)),
      row.goal === undefined ? "" : inUnit(row, row.goal),
      over.has(row) ? "OVER" : "",
    ]);
  }
  const { kernel, clock, memoryBytes, commit, date } = document.environment;
  return [
    `Linux ${kernel}, ${clock === "model" ? "1 GHz model clock" : "wall clock"}, memory from ` +
    `${(memoryBytes / 2 ** 30).toFixed(1)} GiB, ${document.runs} runs`,
    `commit ${commit ?? "unknown"}, ${date}`,
    "",
    trimmed(table),
  ].join("\n") + "\n";
}

function inUnit({ limit }: CopyRow, value: number): string {
  return "times" in limit ? `${value.toFixed(2)} ×` : `+${value.toFixed(2)} ms`;
}

/**
 * Checks the limits, which hold for the lab's clock and disk only.
 *
 * @throws {Error} naming each row that exceeds its limit
 */
export function checkLimits(document: CopyBenchDocument): void {
  if (document.environment.clock !== "model") return;
  const over = overLimit(document).map((row) =>
    `${row.id} takes ${inUnit(row, measureOf(row))}, more than its limit of ${
      inUnit(row, limitOf(row))
    }`
  );
  if (over.length > 0) throw new Error(over.join("; "));
}
