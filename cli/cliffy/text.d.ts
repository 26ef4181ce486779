// The type of `@std/text/closest-string`, as Deno's standard library declares it.

/** Of several strings, the one that is the least edits away. */
export function closestString(word: string, possible: ReadonlyArray<string>): string;
