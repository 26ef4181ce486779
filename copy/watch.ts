import type { Progress } from "./load.ts";

/** A running copy, from {@linkcode watch}: iterate over its progress, await its result. */
export interface WatchedCopy<T> extends AsyncIterable<Progress> {
  /** The result of the copy. */
  readonly result: Promise<T>;
}

/**
 * Starts a copy and lets the caller iterate over its progress. A caller that is slower than the copy gets
 * only the latest step. The iteration ends with the copy, and throws the copy's error. Leaving the
 * loop early does not stop the copy: use an `AbortSignal` for that.
 *
 * @param start Starts the copy, with this as its `onProgress`.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadFile, watch } from "dmacopy";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeFile(path, new Uint8Array(100_000));
 * const copy = watch((onProgress) => loadFile(path, { to: "memfd", onProgress }));
 * let last = 0n;
 * for await (const { bytes, totalBytes } of copy) {
 *   last = bytes;
 *   console.log(`${bytes} of ${totalBytes} bytes`);
 * }
 * using model = await copy.result;
 * assertEquals([last, model.bytes], [100_000n, 100_000n]);
 * await Deno.remove(path);
 * ```
 */
export function watch<T>(
  start: (onProgress: (progress: Progress) => void) => Promise<T>,
): WatchedCopy<T> {
  let latest: Progress | null = null;
  let done = false;
  let next = Promise.withResolvers<void>();
  const wake = () => {
    next.resolve();
    next = Promise.withResolvers();
  };
  const result = start((progress) => {
    latest = progress;
    wake();
  });
  // A caller that only iterates gets the error from the iteration.
  const end = () => {
    done = true;
    wake();
  };
  result.then(end, end);
  return {
    result,
    async *[Symbol.asyncIterator]() {
      let seen: Progress | null = null;
      for (;;) {
        if (latest !== seen) {
          seen = latest;
          if (seen) yield seen;
        } else if (done) {
          break;
        } else {
          await next.promise;
        }
      }
      await result;
    },
  };
}
