import { LabError } from "../kernel/lab/mod.ts";

/** A guest that did not end well, and its name. */
interface Fault {
  guest: string;
  error: LabError;
}

/**
 * Runs guests one after the other and returns the first exit status that is not 0, if any. A guest
 * that fails does not keep the next from running: one run shows all that fails, and in which guest.
 *
 * @throws {LabError} after the last guest, if any of them did not end well; at once, if `signal` is
 * aborted
 */
export async function runEach(
  guests: readonly (() => Promise<number>)[],
  signal: AbortSignal,
): Promise<number> {
  let status = 0;
  const faults: Fault[] = [];
  for (const [index, run] of guests.entries()) {
    try {
      const next = await run();
      status ||= next;
    } catch (error) {
      if (signal.aborted || !(error instanceof LabError)) throw error;
      faults.push({ guest: `guest ${index + 1} of ${guests.length}`, error });
    }
  }
  if (faults.length === 0) return status;
  throw sumUp(faults, guests.length);
}

function sumUp(faults: readonly Fault[], guests: number): LabError {
  const [{ error }] = faults as [Fault];
  if (guests === 1) return error;
  const named = faults.map(({ guest, error }) => `${guest}: ${error.message}`);
  // A kernel that can't be built fails for each of its guests in the same way.
  const isSame = faults.length === guests &&
    faults.every(({ error: { message } }) => message === error.message);
  const lines = faults.length === 1
    ? error.lines
    : faults.flatMap((fault, i) => [`${named[i]}:`, ...fault.error.lines]);
  const message = isSame ? error.message : named.join("; ");
  return new LabError(message, { lines, cause: faults.map((fault) => fault.error) });
}
