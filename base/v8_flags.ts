/**
 * The flags with which all launchers start V8, the engine of JavaScript. A copy takes a fraction of a
 * second, and V8's own work would take CPU time from it, on a machine of few CPUs from all of it:
 *
 * - `--min-semi-space-size` (MiB): it collects young garbage less often.
 * - `--initial-old-space-size` (MiB): it collects old garbage from this size on, not from 9 MiB.
 * - `--no-lazy`: it compiles functions before the copy begins, and Deno caches the result.
 * - `--invocation-count-for-maglev`: it optimizes functions after 2000 calls, not after 400.
 */
export const V8_FLAGS = [
  "--min-semi-space-size=8",
  "--initial-old-space-size=32",
  "--no-lazy",
  "--invocation-count-for-maglev=2000",
].join(",");
