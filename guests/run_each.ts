import { LabError } from "../kernel/lab/mod.ts";

/**
 * Runs guests one after the other and returns the first exit status that is not 0, if any. A guest
 * that fails does not keep the next from running: one run shows all that fails.
 *
 * @throws {LabError} after the last guest, if any of them did not end well; at once, if `signal` is
 * aborted
 */
export async function runEach(
  guests: readonly (() => Promise<number>)[],
  signal: AbortSignal,
): Promise<number> {
  let status = 0;
  const faults: LabError[] = [];
  for (const run of guests) {
    try {
      const next = await run();
      status ||= next;
    } catch (error) {
      if (signal.aborted || !(error instanceof LabError)) throw error;
      faults.push(error);
    }
  }
  const [fault, ...others] = faults;
  if (!fault) return status;
  if (others.length === 0) throw fault;
  // A kernel that can't be built fails for each of its guests in the same way.
  const messages = new Set(faults.map(({ message }) => message));
  const lines = faults.flatMap(({ message, lines }) => [`${message}:`, ...lines]);
  throw new LabError([...messages].join("; "), { lines, cause: faults });
}
