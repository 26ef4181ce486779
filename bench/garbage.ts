/** V8's collector; the process has it with `--v8-flags=--expose-gc`. */
type Collector = (options: { type: "minor" | "major" }) => void;

/**
 * Collects garbage if the process may. Otherwise V8 collects it when its young space is full, which
 * takes milliseconds from what is timed then.
 */
export function collectGarbage(type: "minor" | "major"): void {
  (globalThis as { gc?: Collector }).gc?.({ type });
}
