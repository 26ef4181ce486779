import type { RoundProgress } from "../bench/mod.ts";
import { formatLeft } from "../terminal/format.ts";

/** The variable that makes the bench in the guest write each step as a line of JSON to stderr. */
export const STEPS_VARIABLE = "DMACOPY_STEPS";
/** The variable with the path of a file that ends the bench in the guest after the current row. */
export const STOP_VARIABLE = "DMACOPY_STOP";

/** The variable with the path that gets the finished rows of the bench in the guest. */
export const PARTIAL_VARIABLE = "DMACOPY_PARTIAL";

/** The progress of a bench, without times, as a guest's clock differs. */
export type Step = Pick<RoundProgress, "round" | "runs" | "done" | "total"> & { row: string };

/** The part of a bench's progress that a guest reports. */
export function stepOf({ row, round, runs, done, total }: RoundProgress): Step {
  return { row: String(row.id), round, runs, done, total };
}

/** Reads a line of stderr as a step; null if it is not a step. */
export function parseStep(line: string): Step | null {
  try {
    const step: unknown = line.startsWith("{") ? JSON.parse(line) : null;
    return isStep(step) ? step : null;
  } catch {
    return null;
  }
}

function isStep(value: unknown): value is Step {
  const { row, round, runs, done, total } = (value ?? {}) as Partial<Step>;
  return typeof row === "string" && [round, runs, done, total].every(isCount);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Passes on whole lines from pieces of output. */
export function lineReader(onLine: (line: string) => void): (data: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = "";
  return (data) => {
    const lines = (rest + decoder.decode(data, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
}

/** The joint progress of benches that run at once, or one after the other. */
export class BenchProgress {
  readonly #done: number[];
  readonly #totals: number[];
  #startMs: number | null = null;

  /** @param totals How many runs each bench is expected to take. */
  constructor(totals: readonly number[]) {
    this.#totals = [...totals];
    this.#done = totals.map(() => 0);
  }

  /** Whether anything is finished. */
  get begun(): boolean {
    return this.#done.some((done) => done > 0);
  }

  /** Takes in a bench's step and describes the joint progress. */
  describe(bench: number, step: Step, nowMs: number): { what: string; detail: string } {
    this.#done[bench] = step.done;
    this.#totals[bench] = step.total;
    if (step.round === 0) return { what: "warming up", detail: `row ${step.row}` };
    this.#startMs ??= nowMs;
    const [done, total] = [sum(this.#done), sum(this.#totals)];
    const leftMs = done === 0 ? null : (nowMs - this.#startMs) / done * (total - done);
    const left = leftMs === null ? "" : `, ${formatLeft(leftMs)} left`;
    return {
      what: `row ${step.row}, round ${step.round} of ${step.runs}, ${done} of ${total} done${left}`,
      detail: "",
    };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
