import { clockMs, type Descriptor, usage } from "../ffi/mod.ts";
import type { BufferKind, PageKind, SharedBuffer } from "./buffer.ts";
import { growBuffer, type GrowingBuffer } from "./buffers/grow.ts";
import { BounceReader } from "./methods/_bounce.ts";
import { createReader, type LoadMethod } from "./methods/reader.ts";
import type { Range } from "./method.ts";
import { type LoadPlan, planLoad, type Rejected } from "./plan.ts";
import { runPipeline } from "./_pipeline.ts";
import type { Piece } from "./_pieces.ts";
import { isRefusal } from "./_refusal.ts";
import type { Slots } from "./_slots.ts";
import { Source } from "./_source.ts";
import { verifyBuffer } from "./_verify.ts";

/** A part of a file, and its place in a buffer. */
export interface FileRange extends Range {
  /** The file. */
  path: string;
}

/** How far a copy has come. */
export interface Progress {
  /** Moved so far. */
  bytes: bigint;
  /** How much there is to move. */
  totalBytes: bigint;
  /** The file being read. */
  path: string;
  /** Since the call. */
  elapsedMs: number;
}

/** Options of {@linkcode loadFile}, {@linkcode loadFiles} and {@linkcode loadRanges}. */
export interface LoadFileOptions {
  /** The kind of buffer to load into. @default the fastest here */
  to?: BufferKind;
  /** An open buffer to load into; it stays the caller's to close. @default a new one */
  into?: SharedBuffer;
  /** The heap that a dmabuf comes from. @default "system" */
  heap?: string;
  /** The pages behind a memfd. @default huge ones where they can be had */
  pages?: PageKind;
  /** What fills the buffer. @default the fastest here */
  method?: LoadMethod;
  /**
   * Whether to bypass the page cache: true insists.
   *
   * @default where possible
   */
  direct?: boolean;
  /** How much to move at once, in bytes. @default 8 MiB */
  chunkBytes?: bigint;
  /** How many chunks to move at once. @default what suits the method */
  depth?: number;
  /** Read the files again and compare checksums. @default false */
  verify?: boolean;
  /** The SHA-256 that the loaded bytes must have, in hexadecimal. */
  sha256?: string;
  /** Called after each chunk. */
  onProgress?: (progress: Progress) => void;
  /** Stops the copy after the chunks at hand. */
  signal?: AbortSignal;
}

/** Files, or parts of them, in a buffer. Disposing it closes the buffer. */
export interface LoadedFile extends Disposable {
  /** The buffer, the caller's to close. */
  buffer: SharedBuffer;
  /** Where the content ends; the buffer is this, rounded up to whole pages. */
  bytes: bigint;
  /** What lies where in the buffer. */
  layout: readonly FileRange[];
  /** The way the bytes went. */
  method: LoadMethod;
  /** Whether the page cache was bypassed, but for unaligned ends. */
  direct: boolean;
  /** From the call until the buffer could be used, without verification. */
  elapsedMs: number;
  /** What the CPU worked for this process in that time, in user and kernel mode, on all threads. */
  cpuMs: number;
  /** The content was compared: with the files read again, or with the SHA-256 given. */
  verified: boolean;
  /** The XXH64 of the content where the files were read again, else null. */
  checksum: string | null;
  /** Why this way, in words. */
  reason: string;
  /** What did not go as planned, and why. */
  notes: readonly string[];
  /** The plan that was followed, with the alternatives that were not. */
  plan: LoadPlan;
}

/** What the callers in this folder want besides. */
export interface Internals {
  /** Reading begins when this is done; the buffer is made before. */
  turn?: Promise<void>;
  /** Called when the last read is under way, or there will be none any more. */
  onBegun?: () => void;
  /** What limits the reads at once, of all loads together. */
  slots?: Slots;
  /** What all loads bounce with: its memory is made once. */
  bouncer?: () => BounceReader;
}

/**
 * Loads parts of files into one buffer. Where a way fails that seemed possible, goes on with what
 * is next.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadRanges } from "dmacopy";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeFile(path, new Uint8Array(10_000).fill(7));
 * using part = await loadRanges(
 *   [{ path, fileOffset: 4096n, bytes: 1000n, bufferOffset: 0n }],
 *   { to: "memfd", verify: true },
 * );
 * assertEquals([part.bytes, part.verified], [1000n, true]);
 * await Deno.remove(path);
 * ```
 *
 * @throws {SystemError} if the kernel refuses; nothing stays open then, whatever is thrown
 * @throws {TypeError} if a path is not a regular file
 * @throws {RangeError} if a range is not in its file, or ranges overlap in the buffer
 * @throws {Error} if a file changed meanwhile, or the data differs
 */
export async function loadRanges(
  ranges: readonly FileRange[],
  options: LoadFileOptions = {},
): Promise<LoadedFile> {
  return await load(() => ranges, { paths: ranges.map(({ path }) => path), ...options });
}

/** {@linkcode loadRanges}, with ranges that may depend on the files' sizes. */
export async function load(
  layOut: (sizes: ReadonlyMap<string, bigint>) => readonly FileRange[],
  options: LoadFileOptions & Internals & { paths: readonly string[] },
): Promise<LoadedFile> {
  const [startMs, startCpuMs] = [clockMs(), cpuMs()];
  checkOptions(options);
  using files = new DisposableStack();
  const sources = new Map<string, Source>();
  for (const path of new Set(options.paths)) sources.set(path, files.use(new Source(path)));
  const layout = layOut(new Map([...sources].map(([path, { bytes }]) => [path, bytes])));
  const job = new Job(sources, layout, options);
  using cleanup = new DisposableStack();
  const { buffer, plan } = await job.run(cleanup);
  const [elapsedMs, spentMs] = [clockMs() - startMs, cpuMs() - startCpuMs];
  const checksum = await verifyBuffer(buffer, { sources, layout, ...options });
  for (const source of sources.values()) source.checkUnchanged();
  cleanup.move();
  return {
    buffer,
    bytes: job.bytes,
    layout,
    method: job.bounced === null ? plan.method : "bounce",
    direct: plan.direct && [...sources.values()].every(({ direct }) => direct),
    elapsedMs,
    cpuMs: spentMs,
    verified: options.verify === true || options.sha256 !== undefined,
    checksum,
    reason: [plan.reason, ...job.notes()].join("; "),
    notes: job.notes(),
    plan,
    [Symbol.dispose]: () => options.into ? undefined : buffer.close(),
  };
}

/** A piece, with the file it is of. */
interface Task {
  source: Source;
  piece: Piece;
}

/** One load: what is done, and what there is to do yet. */
class Job {
  readonly bytes: bigint;
  /** Which part's place did not align with the disk, so that the CPU copied it; or null. */
  bounced: string | null = null;
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #layout: readonly FileRange[];
  readonly #options: LoadFileOptions & Internals;
  readonly #totalBytes: bigint;
  readonly #failed: Rejected[] = [];
  readonly #done = new Set<Task>();
  readonly #startMs = clockMs();
  #growing: GrowingBuffer | null = null;
  #moved = 0n;

  constructor(
    sources: ReadonlyMap<string, Source>,
    layout: readonly FileRange[],
    options: LoadFileOptions & Internals,
  ) {
    this.#sources = sources;
    this.#layout = layout.toSorted((a, b) => Number(a.bufferOffset - b.bufferOffset));
    this.#options = options;
    this.#totalBytes = layout.reduce((sum, { bytes }) => sum + bytes, 0n);
    this.bytes = checkLayout(this.#layout, sources);
  }

  /** Why it did not go as planned, where it didn't. */
  notes(): string[] {
    return [
      ...this.#failed.map(({ method, pages, reason }) => `not ${method} (${pages}): ${reason}`),
      ...[...this.#sources.values()].flatMap(({ fallback }) =>
        fallback ? [`not direct: ${fallback}`] : []
      ),
      ...(this.bounced ? [`in part by bounce: ${this.bounced}`] : []),
      ...(this.#growing?.note ? [this.#growing.note] : []),
    ];
  }

  /** Makes the buffer, which `cleanup` closes, and fills it. */
  async run(cleanup: DisposableStack): Promise<{ buffer: SharedBuffer; plan: LoadPlan }> {
    try {
      let plan = this.#plan();
      this.#openDirect(plan);
      let tasks = this.#tasks(plan);
      for (;;) {
        try {
          this.#growing ??= await this.#grow(plan, cleanup);
          await this.#fill(this.#growing, plan, tasks.filter((task) => !this.#done.has(task)));
          return { buffer: this.#growing.buffer, plan };
        } catch (error) {
          const next = this.#next(plan, error);
          const keeps = next.kind === plan.kind && next.pages === plan.pages;
          if (!keeps) {
            this.#growing?.buffer.close();
            this.#growing = null;
            this.#done.clear();
            this.#moved = 0n;
            tasks = this.#tasks(next);
          }
          plan = next;
        }
      }
    } finally {
      this.#options.onBegun?.();
    }
  }

  #plan(): LoadPlan {
    const { to, into } = this.#options;
    const kind = into?.kind ?? to;
    if (kind === "anonymous") throw new TypeError("anonymous memory can't be shared");
    if (into && this.bytes > into.bytes) {
      throw new RangeError(`${this.bytes} bytes don't fit into a buffer of ${into.bytes} bytes`);
    }
    return planLoad({
      ...this.#options,
      kind,
      bytes: this.bytes,
      failed: this.#failed,
      ...(into && { pages: "4k", isMade: true }),
    });
  }

  /** The plan after a failure, or throws it: nothing of the job's, or nothing is left to try. */
  #next(plan: LoadPlan, error: unknown): LoadPlan {
    if (!isRefusal(error)) throw error;
    const { kind, pages, method } = plan;
    this.#failed.push({ kind, pages, method, reason: error.message });
    try {
      return this.#plan();
    } catch {
      throw error;
    }
  }

  #openDirect({ direct }: LoadPlan): void {
    if (!direct) return;
    const insist = this.#options.direct === true;
    for (const source of this.#sources.values()) source.openDirect({ insist });
  }

  #tasks({ chunkBytes }: LoadPlan): Task[] {
    return this.#layout.flatMap((range) => {
      const source = this.#source(range.path);
      return source.pieces(range, chunkBytes).map((piece) => ({ source, piece }));
    });
  }

  #source(path: string): Source {
    const source = this.#sources.get(path);
    if (!source) throw new TypeError(`${path} is not open`);
    return source;
  }

  async #grow(plan: LoadPlan, cleanup: DisposableStack): Promise<GrowingBuffer> {
    const { into, heap } = this.#options;
    if (into) {
      return { buffer: into, prepare: async () => {}, complete: async () => {}, note: null };
    }
    const options = { pages: plan.pages, ...(heap !== undefined && { heap }) };
    const growing = await growBuffer(plan.kind, this.bytes, options);
    cleanup.use(growing.buffer);
    return growing;
  }

  async #fill(growing: GrowingBuffer, plan: LoadPlan, tasks: Task[]): Promise<void> {
    const { signal, onProgress, onBegun, turn, slots } = this.#options;
    let left = tasks.length;
    using readers = new DisposableStack();
    let own: BounceReader | undefined;
    const { bouncer = () => own ??= readers.use(new BounceReader(plan)) } = this.#options;
    const reader = plan.method === "bounce"
      ? bouncer()
      : readers.use(createReader(plan.method, plan));
    const ways = {
      read: (file: Descriptor, piece: Piece) => reader.read(file, growing.buffer, piece),
      bounce: async (file: Descriptor, { source, piece }: Task) => {
        const moved = await bouncer().read(file, growing.buffer, piece, source.alignBytes);
        this.bounced ??= `${source.path} at ${piece.fileOffset} does not align with the buffer ` +
          `at ${piece.bufferOffset}`;
        return moved;
      },
      direct: plan.direct,
    };
    await runPipeline(tasks, {
      preparers: Math.min(2, navigator.hardwareConcurrency),
      movers: plan.depth,
      signal,
      prepare: ({ piece }) => growing.prepare(piece.bufferOffset + piece.bytes),
      prepared: () => growing.complete(),
      move: async (task) => {
        const begin = async () => {
          signal?.throwIfAborted();
          if (--left === 0) onBegun?.();
          await move(task, ways);
        };
        if (turn) await turn;
        await (slots ? slots.run(begin) : begin());
        this.#done.add(task);
        this.#moved += task.piece.bytes;
        onProgress?.({
          bytes: this.#moved,
          totalBytes: this.#totalBytes,
          path: task.source.path,
          elapsedMs: clockMs() - this.#startMs,
        });
      },
    });
  }
}

/** How to move a piece. */
interface Ways {
  read: (file: Descriptor, piece: Piece) => Promise<bigint>;
  bounce: (file: Descriptor, task: Task) => Promise<bigint>;
  direct: boolean;
}

/** Moves a piece, through the page cache if it can't be directly. */
async function move(task: Task, { read, bounce, direct }: Ways): Promise<void> {
  const { source, piece } = task;
  const misplaced = direct && source.isMisplaced(piece);
  if (misplaced || (direct && piece.aligned)) {
    const file = source.descriptorFor({ ...piece, aligned: true });
    try {
      const moved = await (misplaced ? bounce(file, task) : read(file, piece));
      return source.checkWhole(moved, piece);
    } catch (error) {
      if (!source.giveUpDirect(error)) throw error;
    }
  }
  const file = source.descriptorFor({ ...piece, aligned: false });
  source.checkWhole(await read(file, piece), piece);
}

function cpuMs(): number {
  const { userMs, systemMs } = usage();
  return userMs + systemMs;
}

function checkOptions({ chunkBytes, depth, sha256 }: LoadFileOptions): void {
  if (chunkBytes !== undefined && chunkBytes <= 0n) {
    throw new RangeError(`chunkBytes must be positive, not ${chunkBytes}`);
  }
  if (depth !== undefined && !(Number.isInteger(depth) && depth > 0 && depth <= 32)) {
    throw new RangeError(`depth must be from 1 to 32, not ${depth}`);
  }
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw new TypeError(`"${sha256}" is no SHA-256: that has 64 hexadecimal digits`);
  }
}

/** Returns where the content ends. */
function checkLayout(
  layout: readonly FileRange[],
  sources: ReadonlyMap<string, Source>,
): bigint {
  let end = 0n;
  for (const { path, fileOffset, bufferOffset, bytes } of layout) {
    const size = sources.get(path)?.bytes ?? 0n;
    if (fileOffset < 0n || bytes < 0n || fileOffset + bytes > size) {
      throw new RangeError(`${bytes} bytes at ${fileOffset} are not in ${path} (${size} bytes)`);
    }
    if (bufferOffset < end) {
      throw new RangeError(`${path} at ${bufferOffset} of the buffer overlaps what ends at ${end}`);
    }
    end = bufferOffset + bytes;
  }
  return end;
}
