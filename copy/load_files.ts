import { clockMs } from "../ffi/mod.ts";
import { type FileRange, load, type LoadedFile, type LoadFileOptions } from "./load_ranges.ts";
import { wholeFile } from "./load_file.ts";

/** Several files, each in a buffer of its own. Disposing it closes all. */
export interface LoadedFiles extends Disposable {
  /** The files, in the order of the paths. */
  files: readonly LoadedFile[];
  /** From the call until all buffers could be used, with verification. */
  elapsedMs: number;
}

/**
 * Loads several files, each into a buffer of its own. While one is read, the next one's buffer is
 * made.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadFiles } from "dmacopy";
 *
 * const folder = await Deno.makeTempDir();
 * const paths = ["1-of-2", "2-of-2"].map((name) => `${folder}/model-${name}.safetensors`);
 * for (const path of paths) await Deno.writeFile(path, new Uint8Array(5000));
 * {
 *   using shards = await loadFiles(paths, { to: "memfd" });
 *   assertEquals(shards.files.map(({ bytes }) => bytes), [5000n, 5000n]);
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @throws as {@linkcode loadFile} does; nothing stays open then
 */
export async function loadFiles(
  paths: readonly string[],
  options: Omit<LoadFileOptions, "into" | "sha256"> = {},
): Promise<LoadedFiles> {
  const startMs = clockMs();
  const totalBytes = paths.reduce((sum, path) => sum + BigInt(Deno.statSync(path).size), 0n);
  const failure = new AbortController();
  const signals = [failure.signal, ...(options.signal ? [options.signal] : [])];
  const progress = new Map<number, bigint>();
  const loads: Promise<LoadedFile>[] = [];
  let turn = Promise.resolve();
  for (const [index, path] of paths.entries()) {
    const read = Promise.withResolvers<void>();
    const loading = load((sizes) => wholeFile(path, sizes), {
      ...options,
      paths: [path],
      signal: AbortSignal.any(signals),
      turn,
      onRead: read.resolve,
      onProgress: (step) => {
        progress.set(index, step.bytes);
        const bytes = [...progress.values()].reduce((sum, bytes) => sum + bytes, 0n);
        options.onProgress?.({ bytes, totalBytes, path, elapsedMs: clockMs() - startMs });
      },
    });
    loading.catch((error) => {
      read.resolve();
      failure.abort(error);
    });
    loads.push(loading);
    // Two buffers at most are in the making: the one being read, and the next.
    await turn;
    turn = read.promise;
    if (failure.signal.aborted) break;
  }
  return await collect(loads, startMs);
}

/** Waits for all; if one failed, closes the others. */
async function collect(loads: Promise<LoadedFile>[], startMs: number): Promise<LoadedFiles> {
  using cleanup = new DisposableStack();
  const results = await Promise.allSettled(loads);
  for (const result of results) {
    if (result.status === "fulfilled") cleanup.use(result.value);
  }
  const files = await Promise.all(loads);
  const stack = cleanup.move();
  return { files, elapsedMs: clockMs() - startMs, [Symbol.dispose]: () => stack.dispose() };
}

/**
 * Lays whole files out one after the other in one buffer, for {@linkcode loadRanges}.
 *
 * @param alignBytes What each one's place is a multiple of, in bytes.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { layOutFiles } from "dmacopy";
 *
 * const files = [{ path: "a", bytes: 5000n }, { path: "b", bytes: 100n }];
 * assertEquals(layOutFiles(files).map(({ bufferOffset }) => bufferOffset), [0n, 8192n]);
 * ```
 */
export function layOutFiles(
  files: readonly { path: string; bytes: bigint }[],
  alignBytes = 4096n,
): FileRange[] {
  let end = 0n;
  return files.map(({ path, bytes }) => {
    const bufferOffset = (end + alignBytes - 1n) / alignBytes * alignBytes;
    end = bufferOffset + bytes;
    return { path, fileOffset: 0n, bufferOffset, bytes };
  });
}
