import { InterruptedError } from "../terminal/interruptible.ts";

/** The destinations of a result: files by their paths, and a baseline by its name. */
export interface Destinations {
  files: readonly (string | undefined)[];
  baseline?: string | undefined;
}

/** Makes the error of an interruption after which nothing is written. */
export function nothingWritten({ files, baseline }: Destinations): InterruptedError {
  const names = [...files, baseline && `the baseline ${baseline}`].filter(Boolean);
  return new InterruptedError(names.length > 0 ? `not written: ${names.join(", ")}` : undefined);
}

/** Makes the error of an interruption after which files have a part of the result, but not the baseline. */
export function partWritten({ files, baseline }: Destinations): InterruptedError {
  const names = files.filter(Boolean);
  const parts = [
    ...(names.length > 0 ? [`only finished parts are in ${names.join(", ")}`] : []),
    ...(baseline === undefined ? [] : [`not written: the baseline ${baseline}`]),
  ];
  return new InterruptedError(parts.join("; ") || undefined);
}

/** Runs a measurement; if Ctrl-C ends it, the error lists the files that are not written. */
export async function sayUnwritten<T>(to: Destinations, measure: () => Promise<T>): Promise<T> {
  try {
    return await measure();
  } catch (error) {
    throw error instanceof InterruptedError ? nothingWritten(to) : error;
  }
}
