import { clockMs } from "../ffi/mod.ts";
import type { Progress } from "./load.ts";

/** The part of a task that is counted. */
interface Counted {
  piece: { bytes: bigint };
  source: { path: string };
  isDone: boolean;
}

/** Counts moved bytes, and reports them. */
export class ProgressCount {
  readonly #startMs: number;
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  #bytes = 0n;
  #totalBytes = 0n;

  constructor(startMs: number, onProgress: ((progress: Progress) => void) | undefined) {
    this.#startMs = startMs;
    this.#onProgress = onProgress;
  }

  /** Begins with these tasks, some of which may be done. */
  begin(tasks: readonly Counted[]): void {
    const sum = (some: readonly Counted[]) =>
      some.reduce((all, { piece }) => all + piece.bytes, 0n);
    this.#totalBytes = sum(tasks);
    this.#bytes = sum(tasks.filter(({ isDone }) => isDone));
  }

  /** Counts a task that is done. */
  add({ piece, source }: Omit<Counted, "isDone">): void {
    this.#bytes += piece.bytes;
    this.#onProgress?.({
      bytes: this.#bytes,
      totalBytes: this.#totalBytes,
      path: source.path,
      elapsedMs: clockMs() - this.#startMs,
    });
  }
}
