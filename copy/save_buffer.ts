import {
  allocate,
  clockMs,
  type Descriptor,
  openFile,
  resize,
  sync,
  SystemError,
} from "../ffi/mod.ts";
import { accessMemfd } from "./_access.ts";
import { attempt, type Failure } from "./_attempt.ts";
import type { SharedBuffer } from "./buffer.ts";
import { digestOf } from "./checksum.ts";
import type { Progress } from "./load.ts";
import type { Range } from "./method.ts";
import { methods } from "./methods/mod.ts";
import { describeObstacle } from "./obstacles.ts";
import type { Piece } from "./_pieces.ts";
import { NOTHING_TO_PREPARE, runPipeline } from "./_pipeline.ts";
import { planSave, type SaveMethod, type SavePlan } from "./plan_save.ts";
import { ProgressCount } from "./_progress_count.ts";
import { Replacement } from "./_replacement.ts";
import { Source } from "./_source.ts";
import { CHUNK_BYTES, DEPTH } from "./tuning.ts";
import { TwoWayFile } from "./_two_way_file.ts";
import { verifyBuffer } from "./_verify.ts";

/** Options of {@linkcode saveBuffer}. */
export interface SaveBufferOptions {
  /** The start in the buffer, in bytes. @default 0n */
  offset?: bigint | undefined;
  /** The bytes to save. @default up to the buffer's end */
  bytes?: bigint | undefined;
  /**
   * Whether to bypass the page cache: true insists.
   *
   * @default where possible
   */
  direct?: boolean | undefined;
  /** The size of a chunk to move at once, in bytes. @default 8 MiB */
  chunkBytes?: bigint | undefined;
  /** The number of chunks to move at once. @default 4 */
  depth?: number | undefined;
  /** Read the file again, from the disk, and compare. @default true */
  verify?: boolean | undefined;
  /** Give the XXH64 of the content. @default false */
  checksum?: boolean | undefined;
  /** Called after each chunk. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Called after each chunk that `verify` has compared; its time is since that began. */
  onVerified?: ((progress: Progress) => void) | undefined;
  /** Stops after the current chunks; no file remains then. */
  signal?: AbortSignal | undefined;
}

/** The result of {@linkcode saveBuffer}. */
export interface SavedFile {
  /** The file: where the path leads to, if it is a symbolic link. */
  path: string;
  /** The file's size. */
  bytes: bigint;
  /** The method that moved the bytes. */
  method: SaveMethod;
  /** Whether the page cache was bypassed, but for an unaligned end: observed, not assumed. */
  direct: boolean;
  /** The bytes that bypassed the page cache. */
  directBytes: bigint;
  /** The time from the call until the data was on the disk, without verification. */
  elapsedMs: number;
  /** The file was read again and compared. */
  verified: boolean;
  /** The XXH64 of the content if it was asked for, else null. */
  checksum: string | null;
  /** The reason for the method, in words. */
  reason: string;
  /** The methods that were tried first, and why they failed. */
  notes: readonly string[];
}

/**
 * Saves a buffer as a file. The data goes to a temporary file in the same folder. That file takes the
 * final name when all data is on the disk and, with `verify`, was read again and compared. So the name
 * always leads to the old file or to the complete new one. A file that is replaced keeps its
 * permissions.
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
 * @throws {SystemError} if the kernel refuses; after any error no new file remains
 * @throws {TypeError} if the path exists and is not a regular file
 * @throws {RangeError} if the range is not in the buffer
 * @throws {Error} if the file differs from the buffer
 */
export async function saveBuffer(
  buffer: SharedBuffer,
  path: string,
  options: SaveBufferOptions = {},
): Promise<SavedFile> {
  const startMs = clockMs();
  const { offset = 0n, bytes = buffer.bytes - offset, verify = true, signal, onVerified } = options;
  if (offset < 0n || bytes < 0n || offset + bytes > buffer.bytes) {
    throw new RangeError(`${bytes} bytes at ${offset} are not in ${buffer.bytes} bytes`);
  }
  signal?.throwIfAborted();
  using replacement = new Replacement(path);
  using _access = accessMemfd(buffer);
  using file = new TwoWayFile(replacement.descriptor, replacement.path);
  const saving = new Saving(buffer, { replacement, file }, {
    ...options,
    offset,
    bytes,
    startMs,
  });
  const { plan, failed } = await saving.run();
  const elapsedMs = clockMs() - startMs;
  const range = { fileOffset: 0n, bufferOffset: offset, bytes };
  if (verify) await compare(buffer, replacement, { range, signal, onVerified });
  signal?.throwIfAborted();
  await replacement.commit();
  const notes = [
    ...failed.map(({ way, ...obstacle }) => `not ${way.method}: ${describeObstacle(obstacle)}`),
    ...(file.fallback ? [`not direct: ${file.fallback}`] : []),
  ];
  return {
    path: replacement.path,
    bytes,
    method: plan.method,
    direct: plan.direct && file.direct,
    directBytes: file.directBytes,
    elapsedMs,
    verified: verify,
    checksum: options.checksum ? digestOf(buffer, [range]) : null,
    reason: [plan.reason, ...notes].join("; "),
    notes,
  };
}

/** A piece to write. */
interface Task {
  readonly piece: Piece;
  readonly source: { path: string };
  isDone: boolean;
}

/** The methods' names when they write files. */
const STORES = { write: methods.read, copy_file_range: methods.copy_file_range } as const;

/** One save: its tasks, done and open. */
class Saving {
  readonly #buffer: SharedBuffer;
  readonly #replacement: Replacement;
  readonly #file: TwoWayFile;
  readonly #options: SaveBufferOptions & { offset: bigint; bytes: bigint };
  readonly #progress: ProgressCount;
  #tasks: readonly Task[] | null = null;

  constructor(
    buffer: SharedBuffer,
    { replacement, file }: { replacement: Replacement; file: TwoWayFile },
    options: SaveBufferOptions & { offset: bigint; bytes: bigint; startMs: number },
  ) {
    this.#buffer = buffer;
    this.#replacement = replacement;
    this.#file = file;
    this.#options = options;
    this.#progress = new ProgressCount(options.startMs, options.onProgress);
  }

  /** Writes everything with the first method that works. */
  async run(): Promise<{ plan: SavePlan; failed: readonly Failure<SavePlan>[] }> {
    const { direct, bytes } = this.#options;
    const { via } = this.#buffer;
    const first = planSave({ via, direct });
    if (first.direct) this.#openDirect();
    await preallocate(this.#file.buffered, bytes);
    return await attempt<SavePlan>(
      (failed) => planSave({ via, direct, failed }),
      (plan) => this.#write(plan),
    );
  }

  #openDirect(): void {
    const { temporary, path: name } = this.#replacement;
    this.#file.openDirect(
      () => openFile(temporary, { access: "write", direct: true, name }),
      { insist: this.#options.direct === true },
    );
  }

  #cut(): Task[] {
    const { offset: bufferOffset, bytes, chunkBytes = CHUNK_BYTES } = this.#options;
    const { path } = this.#replacement;
    const pieces = this.#file.pieces({ fileOffset: 0n, bufferOffset, bytes }, chunkBytes);
    return pieces.map((piece) => ({ piece, source: { path }, isDone: false }));
  }

  async #write(plan: SavePlan): Promise<void> {
    const { depth = DEPTH, signal } = this.#options;
    const tasks = this.#tasks ??= this.#cut();
    const done = tasks.reduce((sum, { piece, isDone }) => isDone ? sum + piece.bytes : sum, 0n);
    this.#progress.begin(this.#options.bytes, done);
    using method = STORES[plan.method]();
    await runPipeline(tasks.filter(({ isDone }) => !isDone), {
      ...NOTHING_TO_PREPARE,
      movers: depth,
      signal,
      move: async (task) => {
        const { piece } = task;
        const moved = await this.#file.move(piece, {
          direct: plan.direct,
          io: (file) => method.storeAsync(file, this.#buffer, piece),
        });
        if (moved !== piece.bytes) {
          throw new Error(`only ${moved} of ${piece.bytes} bytes went to ${this.#file.name}`);
        }
        task.isDone = true;
        this.#progress.add(task);
      },
    });
    await sync(this.#file.buffered).async();
  }
}

/** Fails at once if the disk is too full. */
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
  { range, signal, onVerified }:
    & { range: Range }
    & Pick<SaveBufferOptions, "signal" | "onVerified">,
): Promise<void> {
  await sync(descriptor).async();
  using source = new Source(path, { at: temporary });
  source.readDirectly({ insist: false });
  const progress = new ProgressCount(clockMs(), onVerified);
  progress.begin(range.bytes);
  await verifyBuffer(buffer, [{ source, range }], { verify: true, signal, progress });
}
