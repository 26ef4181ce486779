import { bytesReadFromDisks, clockMs, reserveDescriptors, usage } from "../ffi/mod.ts";
import { accessWhole } from "./_access.ts";
import { attempt, type Failure } from "./_attempt.ts";
import { digestOf } from "./checksum.ts";
import { type Facts, probe } from "./facts.ts";
import type { FileRange, LoadedBuffer, LoadedFiles, LoadFileOptions } from "./load.ts";
import { BounceReader } from "./methods/_bounce.ts";
import type { Reader } from "./method.ts";
import { createReader } from "./methods/reader.ts";
import { describeObstacle } from "./obstacles.ts";
import { type LoadPlan, planLoad } from "./plan.ts";
import { runPipeline } from "./_pipeline.ts";
import { ProgressCount } from "./_progress_count.ts";
import { Source } from "./_source.ts";
import { Target, type Task } from "./_target.ts";
import { MAX_DEPTH, PREPARERS } from "./tuning.ts";
import { type SourceRange, verifyBuffer } from "./_verify.ts";

/** The descriptors of a file: direct, and through the page cache. */
const WAYS = 2;
/** A memfd and its dma-buf. */
const DESCRIPTORS_PER_BUFFER = 2;

/**
 * Loads files into buffers, whatever their numbers. While one piece is read, the pages of the next one
 * are made.
 *
 * @param place Gives for each buffer the parts of files and their places.
 */
export async function load(
  paths: readonly string[],
  place: (sources: readonly Source[]) => readonly SourceRange[][],
  options: LoadFileOptions,
): Promise<LoadedFiles> {
  const [startMs, startCpuMs] = [clockMs(), cpuMs()];
  checkOptions(options);
  using files = new DisposableStack();
  const sources = paths.map((path) => files.use(new Source(path)));
  const facts = probe({ heap: options.heap });
  const supply = { facts, heap: options.heap, into: options.into };
  const targets = place(sources).map((parts) => new Target(parts, supply));
  using cleanup = new DisposableStack();
  for (const target of targets) cleanup.defer(() => target.close());
  // Meanwhile, the first files are read.
  const reserving = reserveDescriptors(descriptorsFor(sources, targets));
  await using _reserved = { [Symbol.asyncDispose]: () => reserving };
  const loading = new Loading(sources, targets, { facts, startMs, options });
  await loading.run();
  const cost = { elapsedMs: clockMs() - startMs, cpuMs: cpuMs() - startCpuMs };
  const loaded: LoadedBuffer[] = [];
  for (const target of targets) loaded.push(await loading.finish(target));
  for (const source of sources) source.checkUnchanged();
  const stack = cleanup.move();
  return { files: loaded, ...cost, [Symbol.dispose]: () => stack.dispose() };
}

/** The most descriptors that a load opens. */
function descriptorsFor(sources: readonly Source[], targets: readonly Target[]): number {
  return sources.length * WAYS + targets.length * DESCRIPTORS_PER_BUFFER;
}

/** One load: its files, its buffers, and the plans that failed. */
class Loading {
  readonly #sources: readonly Source[];
  readonly #targets: readonly Target[];
  readonly #facts: Facts;
  readonly #options: LoadFileOptions;
  readonly #progress: ProgressCount;
  #verified: ProgressCount | null = null;
  #failed: readonly Failure<LoadPlan>[] = [];

  constructor(
    sources: readonly Source[],
    targets: readonly Target[],
    { facts, startMs, options }: { facts: Facts; startMs: number; options: LoadFileOptions },
  ) {
    this.#sources = sources;
    this.#targets = targets;
    this.#facts = facts;
    this.#options = options;
    this.#progress = new ProgressCount(startMs, options.onProgress);
  }

  /** Makes the buffers and fills them. */
  async run(): Promise<void> {
    if (this.#targets.length === 0) return;
    const readBefore = bytesReadFromDisks();
    const { failed } = await attempt<LoadPlan>(
      (failed) => this.#plan(failed),
      (plan) => this.#follow(plan),
    );
    this.#failed = failed;
    this.#observe(readBefore);
  }

  #plan(failed: readonly Failure<LoadPlan>[]): LoadPlan {
    const { to, into, via, pages, method, direct, chunkBytes, depth } = this.#options;
    const sizes = this.#targets.map(({ bytes }) => bytes);
    const [bytes = 0n] = sizes;
    if (into && bytes > into.bytes) {
      throw new RangeError(`${bytes} bytes don't fit into a buffer of ${into.bytes} bytes`);
    }
    const memory = into
      ? { kind: into.kind, via: into.via, pages: "4k" as const, isMade: true }
      : { kind: to, via, pages };
    return planLoad(this.#facts, {
      ...memory,
      method,
      direct,
      chunkBytes,
      depth,
      sizes,
      failed,
    });
  }

  async #follow(plan: LoadPlan): Promise<void> {
    const { signal, direct, into } = this.#options;
    // No device has a new buffer.
    using _access = into && accessWhole(into, plan.method);
    for (const target of this.#targets) target.follow(plan);
    const done = this.#targets.reduce((sum, { doneBytes }) => sum + doneBytes, 0n);
    this.#progress.begin(this.#totalBytes, done);
    using mover = new Mover(plan);
    await runPipeline(this.#tasks(plan, { insist: direct === true }), {
      preparers: Math.min(PREPARERS, navigator.hardwareConcurrency),
      movers: plan.depth,
      signal,
      prepare: ({ target, piece }) => target.prepare(piece.bufferOffset + piece.bytes),
      prepared: async (task) =>
        task === task.target.last ? await task.target.complete() : undefined,
      move: async (task) => {
        await mover.move(task);
        task.isDone = true;
        this.#progress.add(task);
      },
    });
    // Completes buffers without content, and buffers that a failure left incomplete.
    for (const target of this.#targets) await target.complete();
  }

  /** Opens one file after the other in the plan's way, and gives its tasks: the disk reads meanwhile. */
  *#tasks(plan: LoadPlan, { insist }: { insist: boolean }): Iterable<Task> {
    for (const target of this.#targets) {
      if (plan.direct) target.parts.forEach(({ source }) => source.readDirectly({ insist }));
      yield* target.tasks(plan.chunkBytes).filter(({ isDone }) => !isDone);
    }
  }

  /** Takes back the claim of direct I/O where it did not happen. */
  #observe(readBefore: bigint | null): void {
    const readAfter = bytesReadFromDisks();
    const isRead = (least: (source: Source) => bigint) =>
      readBefore === null || readAfter === null ||
      (readAfter - readBefore) * 2n >= this.#sources.reduce((sum, each) => sum + least(each), 0n);
    // Looking for holes takes a walk through the files' extents.
    const fromDisk = isRead((source) => source.directBytes) ||
      isRead((source) => source.leastReadBytes);
    for (const source of this.#sources) source.observe(fromDisk);
  }

  /** Verifies a buffer as the options say, and describes it. */
  async finish(target: Target): Promise<LoadedBuffer> {
    const { buffer, parts, plan, bounced } = target;
    const sources = [...new Set(parts.map(({ source }) => source))];
    const notes = this.#notes(target, sources);
    const direct = plan.direct && sources.every(({ direct }) => direct);
    const directBytes = sources.reduce((sum, { directBytes }) => sum + directBytes, 0n);
    const progress = this.#verified ??= this.#beginVerifying();
    await verifyBuffer(buffer, parts, { ...this.#options, progress });
    const ranges = parts.map(({ range }) => range);
    return {
      buffer,
      bytes: target.bytes,
      layout: parts.map(fileRangeOf),
      pages: target.pages,
      method: bounced === null ? plan.method : "bounce",
      direct,
      directBytes,
      verified: this.#options.verify === true || this.#options.sha256 !== undefined,
      checksum: this.#options.checksum ? digestOf(buffer, ranges) : null,
      reason: [plan.reason, ...notes].join("; "),
      notes,
      plan,
    };
  }

  get #totalBytes(): bigint {
    const parts = this.#targets.flatMap(({ parts }) => parts);
    return parts.reduce((sum, { range }) => sum + range.bytes, 0n);
  }

  #beginVerifying(): ProgressCount {
    const progress = new ProgressCount(clockMs(), this.#options.onVerified);
    progress.begin(this.#totalBytes);
    return progress;
  }

  /** The reasons where it did not go as planned. */
  #notes({ bounced, note }: Target, sources: readonly Source[]): string[] {
    return [
      ...this.#failed.map(({ way: { method, pages }, ...obstacle }) =>
        `not ${method} (${pages}): ${describeObstacle(obstacle)}`
      ),
      ...sources.flatMap(({ fallback }) => fallback ? [`not direct: ${fallback}`] : []),
      ...(bounced ? [`in part by bounce: ${bounced}`] : []),
      ...(note ? [note] : []),
    ];
  }
}

/** Moves pieces according to a plan. */
class Mover implements Disposable {
  readonly #plan: LoadPlan;
  readonly #stack = new DisposableStack();
  readonly #reader: Reader;
  #bouncer: BounceReader | undefined;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#reader = plan.method === "bounce"
      ? this.#bounce()
      : this.#stack.use(createReader(plan.method, plan));
  }

  #bounce(): BounceReader {
    return this.#bouncer ??= this.#stack.use(new BounceReader(this.#plan));
  }

  async move({ source, target, piece }: Task): Promise<void> {
    const moved = await source.move(piece, {
      direct: this.#plan.direct,
      io: (file) => this.#reader.read(file, target.buffer, piece),
      around: async (file) => {
        const moved = await this.#bounce().read(file, target.buffer, piece, source.alignBytes);
        target.bounced ??= `${source.path} at ${piece.fileOffset} does not align with the ` +
          `buffer at ${piece.bufferOffset}`;
        return moved;
      },
    });
    source.checkWhole(moved, piece);
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

function fileRangeOf({ source: { path }, range }: SourceRange): FileRange {
  return { path, ...range };
}

function cpuMs(): number {
  const { userMs, systemMs } = usage();
  return userMs + systemMs;
}

function checkOptions({ chunkBytes, depth, sha256 }: LoadFileOptions): void {
  if (chunkBytes !== undefined && chunkBytes <= 0n) {
    throw new RangeError(`chunkBytes must be positive, not ${chunkBytes}`);
  }
  if (depth !== undefined && !(Number.isInteger(depth) && depth > 0 && depth <= MAX_DEPTH)) {
    throw new RangeError(`depth must be from 1 to ${MAX_DEPTH}, not ${depth}`);
  }
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw new TypeError(`"${sha256}" is not a SHA-256: that has 64 hexadecimal digits`);
  }
}
