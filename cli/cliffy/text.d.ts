// The type of `@std/text/levenshtein-distance`, as Deno's standard library declares it.

/** How many edits (insertions, deletions, substitutions) turn one string into the other. */
export function levenshteinDistance(str1: string, str2: string): number;
