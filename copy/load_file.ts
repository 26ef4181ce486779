import { clockMs, Hash } from "../ffi/mod.ts";
import type { BufferKind, PageKind, SharedBuffer } from "./buffer.ts";
import { createBuffer } from "./buffers/mod.ts";
import { checksumAsync } from "./checksum.ts";
import type { MethodName } from "./method.ts";
import { methods } from "./methods/mod.ts";
import { type LoadPlan, planLoad } from "./plan.ts";
import { Source } from "./_source.ts";

const CHUNK_BYTES = 32n << 20n;

/** How far a copy has come. */
export interface Progress {
  /** Moved so far. */
  bytes: bigint;
  /** The file's size. */
  totalBytes: bigint;
}

/** Options of {@linkcode loadFile}. */
export interface LoadFileOptions {
  /** The kind of buffer to load into. @default the fastest here */
  to?: BufferKind;
  /** The pages behind a memfd. @default transparent huge pages where they are enabled */
  pages?: PageKind;
  /**
   * Whether to bypass the page cache: true insists.
   *
   * @default where possible
   */
  direct?: boolean;
  /** How much to move at once, between two progress reports, in bytes. @default 32 MiB */
  chunkBytes?: bigint;
  /** Read the file again and compare checksums. @default false */
  verify?: boolean;
  /** Called after each chunk. */
  onProgress?: (progress: Progress) => void;
  /** Stops the copy after the chunk at hand. */
  signal?: AbortSignal;
}

/** A file in a buffer. Disposing it closes the buffer. */
export interface LoadedFile extends Disposable {
  /** The buffer, the caller's to close. */
  buffer: SharedBuffer;
  /** The file's size; the buffer is this, rounded up to whole pages. */
  bytes: bigint;
  /** The way the bytes went. */
  method: MethodName;
  /** Whether the page cache was bypassed. */
  direct: boolean;
  /** Creating and filling the buffer, without verification. */
  elapsedMs: number;
  /** The checksum of the buffer was compared with the file's. */
  verified: boolean;
  /** The XXH3-64 of the content where it was verified, else null. */
  checksum: string | null;
  /** Why this way, in words. */
  reason: string;
  /** The plan that was followed, with the alternatives that were not possible. */
  plan: LoadPlan;
}

/**
 * Loads a whole file into one buffer.
 *
 * @example
 * ```ts ignore
 * using model = await loadFile("model.bin", { to: "memfd", verify: true });
 * console.log(model.bytes, model.method, model.checksum);
 * ```
 *
 * @throws {SystemError} if the kernel refuses; nothing stays open then, whatever is thrown
 * @throws {TypeError} if the path is not a regular file
 * @throws {Error} if the file changed meanwhile, or the data differs
 */
export async function loadFile(path: string, options: LoadFileOptions = {}): Promise<LoadedFile> {
  const { chunkBytes = CHUNK_BYTES, verify = false } = options;
  if (chunkBytes <= 0n) throw new RangeError(`chunkBytes must be positive, not ${chunkBytes}`);

  using source = new Source(path);
  const { to: kind, pages, direct } = options;
  const plan = planLoad({ kind, pages, direct, bytes: source.bytes });
  if (plan.direct) source.openDirect({ insist: direct === true });

  const startMs = clockMs();
  using cleanup = new DisposableStack();
  const buffer = cleanup.use(createBuffer(plan.kind, source.bytes, { pages: plan.pages }));
  await fill(buffer, source, { ...options, chunkBytes, plan });
  const elapsedMs = clockMs() - startMs;
  const checksum = verify ? await compare(buffer, source, { ...options, chunkBytes }) : null;
  source.checkUnchanged();
  cleanup.move();

  const { fallback } = source;
  return {
    buffer,
    bytes: source.bytes,
    method: plan.method,
    direct: source.direct,
    elapsedMs,
    verified: verify,
    checksum,
    reason: fallback ? `${plan.reason}; not direct: ${fallback}` : plan.reason,
    plan,
    [Symbol.dispose]: () => buffer.close(),
  };
}

type Chunked = Pick<LoadFileOptions, "onProgress" | "signal"> & { chunkBytes: bigint };

async function fill(
  buffer: SharedBuffer,
  source: Source,
  options: Chunked & { plan: LoadPlan },
): Promise<void> {
  const { chunkBytes, onProgress, signal, plan } = options;
  using method = methods[plan.method]({ chunkBytes });
  const totalBytes = source.bytes;
  let done = 0n;
  while (done < totalBytes) {
    signal?.throwIfAborted();
    const { file, bytes } = source.piece(done, chunkBytes);
    const range = { fileOffset: done, bufferOffset: done, bytes };
    let moved: bigint;
    try {
      moved = await method.loadAsync(file, buffer, range);
    } catch (error) {
      if (source.direct && source.giveUpDirect(error)) continue;
      throw error;
    }
    source.checkWhole(moved, { offset: done, bytes });
    done += moved;
    onProgress?.({ bytes: done, totalBytes });
  }
}

async function compare(buffer: SharedBuffer, source: Source, options: Chunked): Promise<string> {
  const [expected, actual] = [new Hash(), new Hash()];
  let done = 0n;
  while (done < source.bytes) {
    options.signal?.throwIfAborted();
    const { file, bytes } = source.piece(done, options.chunkBytes);
    const hashed = await expected.file(file, { offset: done, bytes }).async();
    source.checkWhole(hashed, { offset: done, bytes });
    done += hashed;
  }
  await checksumAsync(buffer, actual, source.bytes);
  source.checkUnchanged();
  if (expected.digest() !== actual.digest()) {
    throw new Error(
      `${source.path} and its copy differ: XXH3 ${expected.digest()} and ${actual.digest()}`,
    );
  }
  return actual.digest();
}
