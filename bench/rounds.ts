import { shuffle } from "npm:simple-statistics@7.12.0";
import { explain } from "./explain.ts";
import type { Row, Sample, UnsupportedRow } from "./result.ts";
import { type Random, seededRandom } from "./statistics.ts";

/** The progress of a bench. */
export interface RoundProgress {
  /** The row that runs now. */
  row: Row;
  /** The round, from 1; 0 is the warm-up. */
  round: number;
  /** Rounds after the warm-up. */
  runs: number;
  /** Rows run so far, over all rounds. */
  done: number;
  /** Rows to run, over all rounds; the number shrinks when a row proves unsupported. */
  total: number;
  /** Time since the warm-up began. */
  elapsedMs: number;
  /** Estimated time left; null until something is known. */
  etaMs: number | null;
}

/** Options of {@linkcode runRounds}. */
export interface RoundsOptions {
  /** Rounds after the warm-up. */
  runs: number;
  /** The seed of the row order. */
  seed: number;
  /** Ends the rounds; finished samples stay. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: RoundProgress) => void) | undefined;
  /** Called with the samples whenever there are more. */
  onFound?: ((found: Rounds) => void) | undefined;
}

/** Runs a row once. Round 0 is the warm-up: a part of the row that shows whether it works. */
export type RunRow = (row: Row, round: number) => Promise<Sample>;

/** The result of {@linkcode runRounds}: every row is in one of the two maps, or was never finished. */
export interface Rounds {
  samples: Map<Row, Sample[]>;
  unsupported: Map<Row, UnsupportedRow["unsupported"]>;
  interrupted: boolean;
}

/** The most repetitions of a run because the modelled disk was late. */
const repeats = 2;

/** Row 1 opens and row 23 closes each round, as in the letter, to show drift; the rest is random. */
function roundOrder(rows: readonly Row[], random: Random): Row[] {
  const first = rows.filter((row) => row.id === 1);
  const last = rows.filter((row) => row.id === 23);
  const middle = rows.filter((row) => row.id !== 1 && row.id !== 23);
  return [...first, ...shuffle(middle, random), ...last];
}

async function runUntilOnTime(runRow: RunRow, row: Row, round: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  do samples.push(await runRow(row, round)); while (
    samples.at(-1)!.late && samples.length <= repeats
  );
  return samples;
}

/**
 * Runs a warm-up, then `runs` rounds over the rows in an order from the seed. A row that throws a
 * `SystemError` or an `UnsupportedError` is unsupported and is not tried again. Any other error ends
 * the rounds.
 */
export async function runRounds(
  rows: readonly Row[],
  runRow: RunRow,
  options: RoundsOptions,
): Promise<Rounds> {
  const { runs, seed, signal, onProgress, onFound } = options;
  const random = seededRandom(seed);
  const samples = new Map<Row, Sample[]>();
  const unsupported = new Map<Row, UnsupportedRow["unsupported"]>();
  const start = performance.now();
  let roundsStart = start;
  let done = 0;

  function report(row: Row, round: number): void {
    const now = performance.now();
    const total = done + remaining(round, row);
    const etaMs = done === 0 ? null : (now - roundsStart) / done * (total - done);
    onProgress?.({ row, round, runs, done, total, elapsedMs: now - start, etaMs });
  }
  let order: Row[] = [];
  function remaining(round: number, row: Row): number {
    const works = (other: Row) => !unsupported.has(other);
    const here = round === 0 ? 0 : order.slice(order.indexOf(row)).filter(works).length;
    return here + (runs - round) * rows.filter(works).length;
  }

  for (let round = 0; round <= runs; round++) {
    if (round === 1) roundsStart = performance.now();
    order = roundOrder(rows, random);
    for (const row of order) {
      if (signal?.aborted) return { samples, unsupported, interrupted: true };
      if (unsupported.has(row)) continue;
      report(row, round);
      try {
        const taken = await runUntilOnTime(runRow, row, round);
        if (round === 0) continue;
        samples.set(row, [...samples.get(row) ?? [], ...taken]);
        done++;
        onFound?.({ samples, unsupported, interrupted: true });
      } catch (error) {
        if (signal?.aborted) return { samples, unsupported, interrupted: true };
        const why = explain(error);
        if (why === null) throw error;
        unsupported.set(row, why);
        samples.delete(row);
      }
    }
  }
  return { samples, unsupported, interrupted: false };
}
