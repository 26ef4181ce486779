import Table from "npm:cli-table3@0.6.5";
import { compareWithLetter, type Comparison } from "../compare.ts";
import type { BenchDocument } from "../result.ts";
import { cellsOf, columnsOf } from "./columns.ts";
import { conditions } from "./format.ts";
import { plain, trimmed } from "./plain.ts";

/** With fewer rows, a rank correlation says nothing. */
const LEAST_RANKED = 10;

/** The agreement of the row order with the letter's; null if too few rows are the letter's. */
export function rankAgreement(document: BenchDocument): string | null {
  if (document.direction !== "read") return null;
  const { rankedRows, rankCorrelation } = compareWithLetter(document);
  if (rankedRows < LEAST_RANKED || rankCorrelation === null) return null;
  return `Rank agreement with the letter (Spearman, I/O time, ${rankedRows} rows): ${
    rankCorrelation.toFixed(2)
  }`;
}

/** The table for a terminal with the letter's figures beside the measured ones, and the conditions above it. */
export function renderText(document: BenchDocument): string {
  const columns = columnsOf(document);
  const table = new Table({
    ...plain,
    head: columns.map((column) => column.title),
    colAligns: columns.map((column) => column.align),
  });
  for (const row of document.rows) {
    const { cells, reason } = cellsOf(row, columns);
    table.push(
      reason === null
        ? cells
        : [...cells, { content: reason, colSpan: columns.length - cells.length, hAlign: "left" }],
    );
  }
  const agreement = rankAgreement(document);
  return [
    ...conditions(document),
    "",
    trimmed(table),
    ...(agreement === null ? [] : ["", agreement]),
  ].join("\n") + "\n";
}

/** A comparison for a terminal: ratio, interval and verdict per row, then other differences. */
export function renderComparison(comparison: Comparison): string {
  const table = new Table({
    ...plain,
    head: ["row", "MB/s", "baseline", "ratio", "95 %", "verdict"],
    colAligns: ["right", "right", "right", "right", "right", "left"],
  });
  for (const row of comparison.rows) {
    table.push([
      String(row.id),
      row.MBps.toFixed(0),
      row.baselineMBps.toFixed(0),
      row.ratio.toFixed(2),
      row.interval === null ? "" : `${row.interval.low.toFixed(2)}-${row.interval.high.toFixed(2)}`,
      row.verdict,
    ]);
  }
  const ranks = comparison.rankCorrelation === null ||
      comparison.rankedRows < LEAST_RANKED
    ? []
    : [
      `Rank agreement (Spearman, I/O time, ${comparison.rankedRows} rows): ${
        comparison.rankCorrelation.toFixed(2)
      }`,
    ];
  const unmatched = comparison.unmatched.length === 0
    ? []
    : [`Measured on one side only: ${comparison.unmatched.join(", ")}`];
  return [
    trimmed(table),
    "",
    ...ranks,
    ...unmatched,
    ...comparison.caveats.map((caveat) => `Differs - ${caveat}`),
  ].join("\n") + "\n";
}
