import { lineReader } from "./steps.ts";

/** The last line of `deno test`: `ok | 2 passed (1 step) | 0 failed | 1 ignored (3s)`. */
const SUMMARY = / \| (\d+) passed(?: \(.*?\))? \| (\d+) failed(?: \(.*?\))?(?: \| (\d+) ignored)?/;

/** Counts the tests that `deno test` ran or ignored, from what it prints. */
export class TestCount {
  #tests = 0;
  readonly #read = lineReader((line) => {
    const counts = SUMMARY.exec(line)?.slice(1) ?? [];
    this.#tests = counts.reduce((sum, count) => sum + Number(count ?? 0), this.#tests);
  });

  /** The number of tests so far: those that a filter left out don't count. */
  get tests(): number {
    return this.#tests;
  }

  /** Takes a piece of the output. */
  take(data: Uint8Array): void {
    this.#read(data);
  }
}
