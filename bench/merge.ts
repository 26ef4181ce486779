import type { BenchDocument } from "./result.ts";
import { tableOrder } from "./rows.ts";
import { withShares } from "./summary.ts";

/**
 * Makes one document of several that share all conditions and have no row in common: the rows in
 * the table's order, their shares of row 1 and of the limit computed as for one run.
 *
 * @throws {RangeError} if there is none.
 */
export function mergeDocuments(documents: readonly BenchDocument[]): BenchDocument {
  const [first] = documents;
  if (first === undefined) throw new RangeError("no documents to merge");
  return {
    ...first,
    interrupted: documents.some(({ interrupted }) => interrupted),
    rows: withShares(tableOrder(documents.flatMap(({ rows }) => rows))),
  };
}
