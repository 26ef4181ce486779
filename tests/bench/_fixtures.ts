import { isMeasured, letterDocument, letterRows } from "../../bench/mod.ts";
import type { BenchDocument, MeasuredRow, Row, Sample } from "../../bench/mod.ts";
import { seededRandom } from "../../bench/statistics.ts";
import { summarize, withShares } from "../../bench/summary.ts";

/** A sample with the given I/O time, unremarkable in everything else. */
export function sample(ioMs: number, other: Partial<Sample> = {}): Sample {
  const cpu = { userMs: 0, systemMs: 1 };
  return {
    round: 1,
    createMs: 2,
    ioMs,
    closeMs: 3,
    verified: true,
    residentPagesBefore: 0,
    residentPagesAfter: 0,
    cachePagesAdded: 0,
    cpu: { create: cpu, io: cpu, close: cpu },
    instructionsPerByte: null,
    device: null,
    late: false,
    ...other,
  };
}

/** The letter's row of a number. */
export function row(id: number): Row {
  return letterRows[id - 1]!;
}

/** A document of 1 GiB with the given I/O times by row. */
export function documentOf(
  times: ReadonlyMap<Row, readonly number[]>,
  other: Partial<BenchDocument> = {},
): BenchDocument {
  const sizeBytes = other.sizeBytes ?? 2 ** 30;
  const rows: MeasuredRow[] = [...times].map(([row, ms]) =>
    summarize(row, ms.map((each, index) => sample(each, { round: index + 1 })), {
      sizeBytes,
      random: seededRandom(1),
    })
  );
  return { ...letterDocument, runs: 5, seed: 7, sizeBytes, ...other, rows: withShares(rows) };
}

/** The rows of a document that have figures. */
export function measuredRows(document: BenchDocument): MeasuredRow[] {
  return document.rows.filter(isMeasured);
}
