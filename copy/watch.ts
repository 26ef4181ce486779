import type { Progress } from "./load.ts";

/** A copy that is under way, from {@linkcode watch}: iterate over its progress, await its result. */
export interface WatchedCopy<T> extends AsyncIterable<Progress> {
  /** What the copy gives. */
  readonly result: Promise<T>;
}

/**
 * Starts a copy whose progress can be iterated over. Who is slower than the copy gets the latest
 * step, not all of them; who looks late gets the last one. The iteration ends with the copy, and
 * throws what the copy throws. Leaving it early does not stop the copy: an `AbortSignal` does.
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
  // Who only iterates learns of a failure there.
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
