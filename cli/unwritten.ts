import { InterruptedError } from "../terminal/interruptible.ts";

/** Where a result was to go: files by their paths, and a baseline by its name. */
export interface Destinations {
  files: readonly (string | undefined)[];
  baseline?: string | undefined;
}

/** An interruption after which nothing is written. */
export function nothingWritten({ files, baseline }: Destinations): InterruptedError {
  const names = [...files, baseline && `the baseline ${baseline}`].filter(Boolean);
  return new InterruptedError(names.length > 0 ? `not written: ${names.join(", ")}` : undefined);
}

/** An interruption after which files have a part of the result; a baseline must be whole. */
export function partWritten({ files, baseline }: Destinations): InterruptedError {
  const names = files.filter(Boolean);
  const parts = [
    ...(names.length > 0 ? [`only what was finished is in ${names.join(", ")}`] : []),
    ...(baseline === undefined ? [] : [`not written: the baseline ${baseline}`]),
  ];
  return new InterruptedError(parts.join("; ") || undefined);
}

/** Runs a measurement; where Ctrl-C ends it, the error says what is not written. */
export async function sayUnwritten<T>(to: Destinations, measure: () => Promise<T>): Promise<T> {
  try {
    return await measure();
  } catch (error) {
    throw error instanceof InterruptedError ? nothingWritten(to) : error;
  }
}
