// The type of `@std/text/levenshtein-distance`, as Deno's standard library declares it.

/** The number of edits (insertions, deletions, substitutions) that turn one string into the other. */
export function levenshteinDistance(str1: string, str2: string): number;
