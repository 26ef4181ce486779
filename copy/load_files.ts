import { clockMs } from "../ffi/mod.ts";
import { type FileRange, load, type LoadedFile, type LoadFileOptions } from "./load_ranges.ts";
import { BounceReader } from "./methods/_bounce.ts";
import { METHODS } from "./methods/reader.ts";
import { CHUNK_BYTES } from "./plan.ts";
import { Slots } from "./_slots.ts";
import { Source } from "./_source.ts";

/** Direct I/O needs no more anywhere; a page. */
const ALIGN_BYTES = 4096n;

/** Several files or parts, each in a buffer of its own. Disposing it closes all. */
export interface LoadedFiles extends Disposable {
  /** The files, in the order of the paths; where they are split, their parts. */
  files: readonly LoadedFile[];
  /** From the call until all buffers could be used, with verification. */
  elapsedMs: number;
}

/** Options of {@linkcode loadFiles}. */
export interface LoadFilesOptions extends Omit<LoadFileOptions, "into" | "sha256"> {
  /**
   * The most of a file that goes into one buffer, in bytes, whole pages: what is larger goes into
   * several. A heap makes a buffer at once, so that its first byte waits for its last page; smaller
   * ones are made while others are read.
   *
   * @default no limit
   */
  splitBytes?: bigint;
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
 *   using parts = await loadFiles(paths, { to: "memfd", splitBytes: 4096n });
 *   assertEquals(parts.files.map(({ bytes }) => bytes), [4096n, 904n, 4096n, 904n]);
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @throws as {@linkcode loadFile} does; nothing stays open then
 * @throws {RangeError} if `splitBytes` is no multiple of 4096
 */
export async function loadFiles(
  paths: readonly string[],
  { splitBytes, ...options }: LoadFilesOptions = {},
): Promise<LoadedFiles> {
  const startMs = clockMs();
  // Opened all the time, to see whether they change between two parts.
  using sources = new DisposableStack();
  const files = paths.map((path) => sources.use(new Source(path)));
  const parts = files.flatMap((file) => partsOf(file, splitBytes));
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0n);
  const { chunkBytes = CHUNK_BYTES, depth = METHODS["R/W"].depth } = options;
  const slots = new Slots(depth);
  let shared: BounceReader | undefined;
  const bouncer = () => shared ??= sources.use(new BounceReader({ chunkBytes, depth }));
  const failure = new AbortController();
  const signals = [failure.signal, ...(options.signal ? [options.signal] : [])];
  const progress = new Map<number, bigint>();
  const loads: Promise<LoadedFile>[] = [];
  let turn = Promise.resolve();
  for (const [index, part] of parts.entries()) {
    const begun = Promise.withResolvers<void>();
    const loading = load(() => [part], {
      ...options,
      paths: [part.path],
      signal: AbortSignal.any(signals),
      turn,
      slots,
      bouncer,
      onBegun: begun.resolve,
      onProgress: (step) => {
        progress.set(index, step.bytes);
        const bytes = [...progress.values()].reduce((sum, bytes) => sum + bytes, 0n);
        const elapsedMs = clockMs() - startMs;
        options.onProgress?.({ bytes, totalBytes, path: part.path, elapsedMs });
      },
    });
    loading.catch((error) => {
      begun.resolve();
      failure.abort(error);
    });
    loads.push(loading);
    // Two buffers at most are in the making: the one being read, and the next.
    await turn;
    turn = begun.promise;
    if (failure.signal.aborted) break;
  }
  return await collect(loads, { startMs, files });
}

/** A range for each buffer that the file needs, the last one shorter. */
function partsOf({ path, bytes }: Source, splitBytes = bytes): FileRange[] {
  if (splitBytes < bytes && (splitBytes <= 0n || splitBytes % ALIGN_BYTES !== 0n)) {
    throw new RangeError(`parts must be multiples of ${ALIGN_BYTES} bytes, not ${splitBytes}`);
  }
  const parts: FileRange[] = [];
  let fileOffset = 0n;
  do {
    const left = bytes - fileOffset;
    const part = left < splitBytes ? left : splitBytes;
    parts.push({ path, fileOffset, bufferOffset: 0n, bytes: part });
    fileOffset += part;
  } while (fileOffset < bytes);
  return parts;
}

/** Waits for all; if one failed, closes the others. */
async function collect(
  loads: Promise<LoadedFile>[],
  { startMs, files: sources }: { startMs: number; files: readonly Source[] },
): Promise<LoadedFiles> {
  using cleanup = new DisposableStack();
  const results = await Promise.allSettled(loads);
  for (const result of results) {
    if (result.status === "fulfilled") cleanup.use(result.value);
  }
  const files = await Promise.all(loads);
  for (const source of sources) source.checkUnchanged();
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
