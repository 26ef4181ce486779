import { type Arbitrary, asyncProperty, check, type RunDetails } from "fast-check";
import { describeError } from "../../terminal/report_error.ts";

/** A reader of text or bytes from outside, and its generated input. */
export interface Target<T = unknown> {
  /** The reader's name, as "parseSize()". */
  name: string;
  /** Valid ones, damaged ones, and noise. */
  inputs: Arbitrary<T>;
  /** The errors that the reader may throw; any other is a bug. */
  // deno-lint-ignore no-explicit-any
  refusals: readonly (new (...args: any[]) => Error)[];
  /** Makes the reader, which throws where an input is refused or what it read breaks a promise. */
  open: () => Reader<T>;
}

/** Reads one input after the other, and may hold something to do so. */
export interface Reader<T> extends Partial<AsyncDisposable> {
  read(input: T): unknown;
}

/** How a run over a target went. */
export interface Report {
  /** How many inputs were valid. */
  read: number;
  /** How many were refused as they should. */
  refused: number;
  /** The slowest input's time. */
  slowestMs: number;
  /** The failure, with the input and the seed that finds it again; null if there was none. */
  failure: string | null;
}

/** Bounds what a message of an input's text can take of the screen. */
const MESSAGE_CHARACTERS = 2000;

/** A target whose reader is a function. */
export function target<T>(
  { read, ...rest }: Omit<Target<T>, "open"> & Reader<T>,
): Target {
  return { ...rest, open: () => ({ read }) } as unknown as Target;
}

/** Feeds a target `runs` inputs, which `seed` decides. */
export async function fuzz<T>(
  { inputs, refusals, open }: Target<T>,
  { runs, seed, onInput }: { runs: number; seed: number; onInput?: () => void },
): Promise<Report> {
  const report: Report = { read: 0, refused: 0, slowestMs: 0, failure: null };
  await using reader = disposable(open());
  const property = asyncProperty(inputs, async (input) => {
    onInput?.();
    const startMs = performance.now();
    try {
      await reader.read(input);
      report.read++;
    } catch (error) {
      checkRefusal(error, refusals);
      report.refused++;
    }
    report.slowestMs = Math.max(report.slowestMs, performance.now() - startMs);
  });
  const found = await check(property, { numRuns: runs, seed });
  return { ...report, failure: found.failed ? describe(found) : null };
}

function disposable<T>(reader: Reader<T>): Reader<T> & AsyncDisposable {
  return { [Symbol.asyncDispose]: () => Promise.resolve(), ...reader };
}

/** One line of a class that the reader's documentation names. */
function checkRefusal(error: unknown, refusals: Target["refusals"]): void {
  if (!refusals.some((refusal) => error instanceof refusal)) throw error;
  const line = describeError(error);
  if (/\p{Cc}/u.test(line)) throw new Error(`control characters: ${JSON.stringify(line)}`);
  if (line.length > MESSAGE_CHARACTERS) throw new Error(`a line of ${line.length} characters`);
}

function describe<T>(
  { seed, counterexamplePath, counterexample, errorInstance }: RunDetails<[T]>,
): string {
  const shown = JSON.stringify(counterexample?.[0], printable)?.slice(0, MESSAGE_CHARACTERS);
  const error = errorInstance instanceof Error ? errorInstance.stack : String(errorInstance);
  return `--seed ${seed}, path ${counterexamplePath}, input ${shown}\n${error}`;
}

function printable(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `base64 ${value.toBase64()}`;
  return typeof value === "bigint" ? `${value}n` : value;
}
