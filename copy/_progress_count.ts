import { clockMs } from "../ffi/mod.ts";
import type { Progress } from "./load.ts";

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

  /** Begins; some of the bytes may be done. */
  begin(totalBytes: bigint, doneBytes = 0n): void {
    this.#totalBytes = totalBytes;
    this.#bytes = doneBytes;
  }

  /** Counts a task that is done. */
  add({ piece, source }: { piece: { bytes: bigint }; source: { path: string } }): void {
    this.#bytes += piece.bytes;
    this.#onProgress?.({
      bytes: this.#bytes,
      totalBytes: this.#totalBytes,
      path: source.path,
      elapsedMs: clockMs() - this.#startMs,
    });
  }
}
