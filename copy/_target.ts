import type { PageKind, SharedBuffer } from "./buffer.ts";
import { growBuffer, type GrowingBuffer, grownBuffer } from "./buffers/grow.ts";
import type { Facts } from "./facts.ts";
import type { LoadPlan } from "./plan.ts";
import type { Piece } from "./_pieces.ts";
import type { Source } from "./_source.ts";
import type { SourceRange } from "./_verify.ts";

/** A piece of a file to move into a buffer. */
export interface Task {
  readonly source: Source;
  readonly target: Target;
  readonly piece: Piece;
  isDone: boolean;
}

/** The source of a target's buffer. */
export interface Supply {
  facts: Facts;
  heap: string | undefined;
  /** An existing buffer. */
  into: SharedBuffer | undefined;
}

/** A buffer to make and fill. */
export class Target {
  /** The parts of files and their places, in the buffer's order. */
  readonly parts: readonly SourceRange[];
  /** The end of the content. */
  readonly bytes: bigint;
  /** The part that did not align with the disk, so that the CPU copied it; or null. */
  bounced: string | null = null;
  readonly #supply: Supply;
  #tasks: readonly Task[] | null = null;
  #making: Promise<GrowingBuffer> | null = null;
  #completing: Promise<void> | null = null;
  #made: GrowingBuffer | null = null;
  #plan: LoadPlan | null = null;

  /** @throws {RangeError} if ranges are not in their files, or overlap in the buffer */
  constructor(parts: readonly SourceRange[], supply: Supply) {
    this.parts = parts.toSorted((a, b) => compare(a.range.bufferOffset, b.range.bufferOffset));
    this.bytes = checkParts(this.parts);
    this.#supply = supply;
  }

  /** The buffer, once it is made. */
  get buffer(): SharedBuffer {
    if (!this.#made) throw new TypeError("the buffer is not made yet");
    return this.#made.buffer;
  }

  /** The plan that makes it. */
  get plan(): LoadPlan {
    if (!this.#plan) throw new TypeError("the buffer is not planned yet");
    return this.#plan;
  }

  /** The kind of its pages: a buffer smaller than a huge page has none of these. */
  get pages(): PageKind {
    const { kind, pages } = this.plan;
    const huge = pages === "thp" && this.#supply.facts.hugePages.transparentBytes;
    return kind !== "dmabuf" && huge && this.buffer.bytes < huge ? "4k" : pages;
  }

  /** The reason why its pages are not of the planned kind, or null. */
  get note(): string | null {
    return this.#made?.note ?? null;
  }

  /** The last of its tasks, once they are made. */
  get last(): Task | undefined {
    return this.#tasks?.at(-1);
  }

  /** The bytes of the tasks that are done. */
  get doneBytes(): bigint {
    return (this.#tasks ?? []).reduce(
      (sum, { piece, isDone }) => isDone ? sum + piece.bytes : sum,
      0n,
    );
  }

  /** All tasks, made at the first call: by then the files are open in both ways. */
  tasks(chunkBytes: bigint): readonly Task[] {
    return this.#tasks ??= this.parts.flatMap(({ source, range }) =>
      source.pieces(range, chunkBytes).map((piece) => ({
        source,
        target: this,
        piece,
        isDone: false,
      }))
    );
  }

  /**
   * Starts to follow a plan. A full buffer stays. A buffer that the plan would make in another way is
   * closed and made again.
   */
  follow(plan: LoadPlan): void {
    if (this.#isFull()) return;
    if (this.#plan && !isSameMemory(this.#plan, plan)) this.#drop();
    this.#plan = plan;
  }

  #isFull(): boolean {
    return this.#completing !== null && (this.#tasks ?? []).every(({ isDone }) => isDone);
  }

  #drop(): void {
    if (this.#supply.into) return;
    this.close();
    this.#making = null;
    this.#completing = null;
    for (const task of this.#tasks ?? []) task.isDone = false;
  }

  async #make(): Promise<GrowingBuffer> {
    const { into, heap, facts } = this.#supply;
    if (into) return this.#made = grownBuffer(into);
    const { kind, via, pages } = this.plan;
    const options = { via, pages, heap, hugePages: facts.hugePages };
    return this.#made = await growBuffer(kind, this.bytes, options);
  }

  /** Makes the buffer, and its pages up to `end`. */
  async prepare(end: bigint): Promise<void> {
    this.#making ??= this.#make();
    try {
      const growing = await this.#making;
      await growing.prepare(end);
    } catch (error) {
      if (!this.#made) this.#making = null;
      throw error;
    }
  }

  /** Makes the rest of the buffer, and the shared descriptor. */
  async complete(): Promise<void> {
    this.#completing ??= this.#complete();
    try {
      await this.#completing;
    } catch (error) {
      this.#completing = null;
      throw error;
    }
  }

  async #complete(): Promise<void> {
    await this.prepare(this.bytes);
    await this.#made?.complete();
  }

  /** Closes the buffer, unless it is the caller's. */
  close(): void {
    if (!this.#supply.into) this.#made?.buffer.close();
    this.#made = null;
  }
}

function isSameMemory(a: LoadPlan, b: LoadPlan): boolean {
  return a.kind === b.kind && a.via === b.via && a.pages === b.pages;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Returns the end of the content. */
function checkParts(parts: readonly SourceRange[]): bigint {
  let end = 0n;
  for (const { source, range: { fileOffset, bufferOffset, bytes } } of parts) {
    const { path } = source;
    if (fileOffset < 0n || bytes < 0n || fileOffset + bytes > source.bytes) {
      throw new RangeError(
        `${bytes} bytes at ${fileOffset} are not in ${path} (${source.bytes} bytes)`,
      );
    }
    if (bufferOffset < end) {
      throw new RangeError(
        `${path} at ${bufferOffset} of the buffer overlaps the part that ends at ${end}`,
      );
    }
    end = bufferOffset + bytes;
  }
  return end;
}
