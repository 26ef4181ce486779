import { allocate, clockMs, type Descriptor, resize, sync } from "../ffi/mod.ts";
import { SystemError } from "../ffi/mod.ts";
import type { SharedBuffer } from "./buffer.ts";
import type { Progress } from "./load_ranges.ts";
import type { MethodName } from "./method.ts";
import { methods } from "./methods/mod.ts";
import { alignmentOf, cutRange, type Piece } from "./_pieces.ts";
import { openDirect } from "./_open_direct.ts";
import { runPipeline } from "./_pipeline.ts";
import { isRefusal } from "./_refusal.ts";
import { Source } from "./_source.ts";
import { Replacement } from "./_replacement.ts";
import { verifyBuffer } from "./_verify.ts";

/** Options of {@linkcode saveBuffer}. */
export interface SaveBufferOptions {
  /** Where to begin in the buffer, in bytes. @default 0n */
  offset?: bigint;
  /** How much to save, in bytes. @default up to the buffer's end */
  bytes?: bigint;
  /**
   * Whether to bypass the page cache: true insists.
   *
   * @default where possible
   */
  direct?: boolean;
  /** How much to move at once, in bytes. @default 8 MiB */
  chunkBytes?: bigint;
  /** How many chunks to move at once. @default 4 */
  depth?: number;
  /** Read the file again, from the disk, and compare checksums. @default true */
  verify?: boolean;
  /** Called after each chunk. */
  onProgress?: (progress: Progress) => void;
  /** Stops after the chunks at hand; no file is left then. */
  signal?: AbortSignal;
}

/** What {@linkcode saveBuffer} did. */
export interface SavedFile {
  /** The file: where the path leads to, if it is a symbolic link. */
  path: string;
  /** The file's size. */
  bytes: bigint;
  /** The way the bytes went. */
  method: MethodName;
  /** Whether the page cache was bypassed, but for an unaligned end. */
  direct: boolean;
  /** From the call until the data was on the disk, without verification. */
  elapsedMs: number;
  /** The file was read again and compared. */
  verified: boolean;
  /** The XXH64 of the content where it was verified, else null. */
  checksum: string | null;
  /** Why this way, in words. */
  reason: string;
  /** What was tried first, and why it failed. */
  notes: readonly string[];
}

/** A way out of a buffer. */
interface SaveWay {
  method: MethodName;
  direct: boolean;
  reason: string;
}

const CHUNK_BYTES = 8n << 20n;
const DEPTH = 4;

/** From the fastest to what works everywhere. */
const WAYS: readonly (SaveWay & { dmaBuf: boolean })[] = [
  { dmaBuf: false, method: "R/W", direct: true, reason: "the disk reads from the memfd's pages" },
  { dmaBuf: true, method: "c_f_r", direct: true, reason: "the disk reads from the dma-buf" },
  { dmaBuf: false, method: "R/W", direct: false, reason: "through the page cache" },
  { dmaBuf: true, method: "R/W", direct: false, reason: "out of the dma-buf's mapping" },
];

/**
 * Saves a buffer as a file. The data goes to a temporary file in the same folder, which takes the
 * final name when all of it is on the disk and, unless that is not wanted, was read again and
 * compared: under that name there is either what was there before or all of the buffer. A file that
 * is replaced keeps its permissions.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createBuffer, saveBuffer } from "dmacopy";
 *
 * const folder = await Deno.makeTempDir();
 * using buffer = createBuffer("memfd", 8192n);
 * const saved = await saveBuffer(buffer, `${folder}/frame.raw`, { bytes: 5000n });
 * assertEquals([saved.bytes, saved.verified], [5000n, true]);
 * assertEquals(Deno.statSync(`${folder}/frame.raw`).size, 5000);
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @throws {SystemError} if the kernel refuses; no file is left then, whatever is thrown
 * @throws {TypeError} if the path is there and no regular file
 * @throws {RangeError} if the range is not in the buffer
 * @throws {Error} if the file differs from the buffer
 */
export async function saveBuffer(
  buffer: SharedBuffer,
  path: string,
  options: SaveBufferOptions = {},
): Promise<SavedFile> {
  const startMs = clockMs();
  const { offset = 0n, bytes = buffer.bytes - offset, verify = true, signal } = options;
  if (offset < 0n || bytes < 0n || offset + bytes > buffer.bytes) {
    throw new RangeError(`${bytes} bytes at ${offset} are not in ${buffer.bytes} bytes`);
  }
  signal?.throwIfAborted();
  using file = new Replacement(path);
  const save = new Save(buffer, file, { ...options, offset, bytes });
  const way = await save.run();
  const elapsedMs = clockMs() - startMs;
  const checksum = verify ? await compare(buffer, file, { offset, bytes, signal }) : null;
  signal?.throwIfAborted();
  await file.commit();
  return {
    path: file.path,
    bytes,
    method: way.method,
    direct: way.direct,
    elapsedMs,
    verified: verify,
    checksum,
    reason: [way.reason, ...save.failed].join("; "),
    notes: save.failed,
  };
}

/** One save: the ways that failed, and what is done. */
class Save {
  readonly failed: string[] = [];
  readonly #buffer: SharedBuffer;
  readonly #file: Replacement;
  readonly #options: SaveBufferOptions & { offset: bigint; bytes: bigint };
  readonly #done = new Set<Piece>();
  readonly #startMs = clockMs();
  #moved = 0n;

  constructor(
    buffer: SharedBuffer,
    file: Replacement,
    options: SaveBufferOptions & { offset: bigint; bytes: bigint },
  ) {
    this.#buffer = buffer;
    this.#file = file;
    this.#options = options;
  }

  /** Writes all of it, by the first way that works. */
  async run(): Promise<SaveWay> {
    const { bytes, direct } = this.#options;
    await preallocate(this.#file.descriptor, bytes);
    const isDmaBuf = this.#buffer.io !== this.#buffer.memfd;
    const ways = WAYS.filter((way) =>
      way.dmaBuf === isDmaBuf && (direct ?? way.direct) === way.direct
    );
    let pieces: Piece[] | undefined;
    for (const [index, way] of ways.entries()) {
      try {
        using opened = way.direct ? this.#openDirect() : null;
        pieces ??= this.#pieces(opened);
        await this.#write(way, pieces, opened);
        await sync(this.#file.descriptor).async();
        return way;
      } catch (error) {
        if (!isRefusal(error) || index === ways.length - 1) throw error;
        this.failed.push(`not ${way.direct ? "direct " : ""}${way.method}: ${error.message}`);
      }
    }
    throw new Error(`direct I/O can't reach the mapping of a ${this.#buffer.kind}`);
  }

  #openDirect(): Descriptor {
    const { temporary, path: name } = this.#file;
    return openDirect(temporary, { access: "write", name });
  }

  #pieces(file: Descriptor | null): Piece[] {
    const { offset: bufferOffset, bytes, chunkBytes = CHUNK_BYTES } = this.#options;
    const alignment = alignmentOf(file ?? this.#file.descriptor);
    return cutRange({ fileOffset: 0n, bufferOffset, bytes }, chunkBytes, alignment);
  }

  async #write(way: SaveWay, pieces: Piece[], direct: Descriptor | null): Promise<void> {
    const { depth = DEPTH, signal, onProgress, bytes: totalBytes } = this.#options;
    using method = methods[way.method]();
    await runPipeline(pieces.filter((piece) => !this.#done.has(piece)), {
      preparers: 1,
      movers: depth,
      signal,
      prepare: async () => {},
      prepared: async () => {},
      move: async (piece) => {
        const file = piece.aligned && direct ? direct : this.#file.descriptor;
        const moved = await method.storeAsync(file, this.#buffer, piece);
        if (moved !== piece.bytes) {
          throw new Error(`only ${moved} of ${piece.bytes} bytes went to ${this.#file.path}`);
        }
        this.#done.add(piece);
        this.#moved += moved;
        onProgress?.({
          bytes: this.#moved,
          totalBytes,
          path: this.#file.path,
          elapsedMs: clockMs() - this.#startMs,
        });
      },
    });
  }
}

/** Says at once if the disk is too full. */
async function preallocate(file: Descriptor, bytes: bigint): Promise<void> {
  if (bytes === 0n) return;
  try {
    await allocate(file, bytes).async();
  } catch (error) {
    if (!(error instanceof SystemError && error.code === "EOPNOTSUPP")) throw error;
    resize(file, bytes);
  }
}

async function compare(
  buffer: SharedBuffer,
  { path, temporary, descriptor }: Replacement,
  { offset, bytes, signal }: { offset: bigint; bytes: bigint; signal: AbortSignal | undefined },
): Promise<string | null> {
  await sync(descriptor).async();
  using source = new Source(path, { at: temporary });
  source.openDirect({ insist: false });
  return await verifyBuffer(buffer, {
    sources: new Map([[path, source]]),
    layout: [{ path, fileOffset: 0n, bufferOffset: offset, bytes }],
    verify: true,
    ...(signal && { signal }),
  });
}
