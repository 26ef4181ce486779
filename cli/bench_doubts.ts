import { type BenchDocument, isMeasured, type MeasuredRow } from "../bench/mod.ts";

/** The error for results with rows that can't be trusted, or null. */
export function doubtOf(documents: readonly BenchDocument[]): Error | null {
  const rows = documents.flatMap((document) => document.rows.filter(isMeasured));
  const wrong = rows.filter(({ verified }) => !verified);
  if (wrong.length > 0) {
    return new Error(
      `the data is wrong in ${namesOf(wrong)}: this kernel does not copy what it should`,
    );
  }
  const late = rows.filter((row) => row.late);
  if (late.length === 0) return null;
  return new Error(
    `the modelled disk was late in every run of ${namesOf(late)}, so the times are too long: ` +
      "measure again when this machine is less busy, with --guests 1",
  );
}

function namesOf(rows: readonly MeasuredRow[]): string {
  const names = [...new Set(rows.map(({ id }) => id))];
  return `${names.length === 1 ? "row" : "rows"} ${names.join(", ")}`;
}
