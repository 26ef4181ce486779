/**
 * The benchmark: it measures the rows of the letter's table, and others, on the running kernel.
 *
 * @module
 */
export * from "./baselines.ts";
export * from "./compare.ts";
export { checkLimits, renderCopyText } from "./copy/report.ts";
export { type CopyBenchDocument, type CopyResult, isCopyResult } from "./copy/result.ts";
export { type CopyRow, selectCopyRows } from "./copy/rows.ts";
export { runCopyBench } from "./copy/run.ts";
export { describeCommit } from "./environment.ts";
export { letterDocument, type LetterFigures, letterFigures } from "./letter.ts";
export { mergeDocuments } from "./merge.ts";
export { DocumentError, parseDocument } from "./parse.ts";
export { renderCsv } from "./report/csv.ts";
export { renderHtml } from "./report/html.ts";
export { renderJson } from "./report/json.ts";
export { renderMarkdown } from "./report/markdown.ts";
export { renderSweep, renderSweepCsv, renderSweepJson } from "./report/sweep.ts";
export { renderComparison, renderText } from "./report/text.ts";
export * from "./result.ts";
export type { RoundProgress } from "./rounds.ts";
export { heldBytes } from "./run_row.ts";
export * from "./sweep.ts";
export { createAnonymousMemory } from "./anonymous_memory.ts";
export { BUFFERS, extendedRows, letterRows, limitRow, METHODS, selectRows } from "./rows.ts";
export {
  BenchError,
  type BenchHooks,
  type BenchOptions,
  defaultRuns,
  defaultSizes,
  runBench,
} from "./runner.ts";
