import {
  type Descriptor,
  directAlignment,
  dropFromCache,
  type FileStatus,
  fileStatus,
  openFile,
  SystemError,
} from "../ffi/mod.ts";
import type { Range } from "./method.ts";

/** Where a filesystem doesn't say: what suits every block device. */
const USUAL_ALIGNMENT = { memoryBytes: 4096, offsetBytes: 4096 };

/** A part of a file to move at once. */
export interface Piece extends Range {
  /** Whether direct I/O can move it: its offsets and its length are aligned. */
  aligned: boolean;
}

/** A file to read, directly where possible; unaligned ends go through the page cache. */
export class Source implements Disposable {
  readonly path: string;
  readonly bytes: bigint;
  /** Why direct I/O was given up, or null. */
  fallback: string | null = null;
  readonly #status: FileStatus;
  readonly #buffered: Descriptor;
  #direct: Descriptor | null = null;
  #insists = false;
  #alignment = USUAL_ALIGNMENT;

  /**
   * Opens a regular file.
   *
   * @throws {SystemError}
   * @throws {TypeError} if it is not a regular file
   */
  constructor(path: string) {
    this.path = path;
    this.#buffered = openFile(path, { nonblocking: true });
    using cleanup = new DisposableStack();
    cleanup.use(this);
    this.#status = fileStatus(this.#buffered);
    this.bytes = this.#status.bytes;
    if (!this.#status.isFile) throw new TypeError(`${path} is not a regular file`);
    cleanup.move();
  }

  /** Whether aligned pieces bypass the page cache. */
  get direct(): boolean {
    return this.#direct !== null && this.fallback === null;
  }

  /** Bypasses the page cache from now on. Unless it insists, only where that is possible. */
  openDirect({ insist }: { insist: boolean }): void {
    this.#insists = insist;
    try {
      this.#direct = openFile(this.path, { direct: true });
    } catch (error) {
      if (!this.giveUpDirect(error)) throw error;
      return;
    }
    const alignment = directAlignment(this.#direct);
    if (alignment !== null && alignment !== "unknown") this.#alignment = alignment;
  }

  /**
   * Goes on through the page cache if the error says that direct I/O is impossible. What is under
   * way may still use the direct descriptor, so it stays open.
   */
  giveUpDirect(error: unknown): boolean {
    if (this.#insists || !(error instanceof SystemError && error.errno === "EINVAL")) return false;
    this.fallback ??= error.message;
    return true;
  }

  /** The descriptor to read a piece from. */
  descriptorFor({ aligned }: Piece): Descriptor {
    return aligned && this.#direct && this.fallback === null ? this.#direct : this.#buffered;
  }

  /** Cuts a range into pieces of `chunkBytes`: what is aligned, and the ends that are not. */
  pieces(range: Range, chunkBytes: bigint): Piece[] {
    const { offsetBytes, memoryBytes } = this.#alignment;
    const align = BigInt(offsetBytes);
    const end = range.fileOffset + range.bytes;
    const bodyStart = roundUp(range.fileOffset, align);
    const bodyEnd = end / align * align;
    const memory = range.bufferOffset + bodyStart - range.fileOffset;
    if (bodyStart >= bodyEnd || memory % BigInt(memoryBytes) !== 0n) {
      return cut(range, { from: range.fileOffset, to: end, step: chunkBytes, aligned: false });
    }
    return [
      ...cut(range, { from: range.fileOffset, to: bodyStart, step: chunkBytes, aligned: false }),
      ...cut(range, {
        from: bodyStart,
        to: bodyEnd,
        step: roundUp(chunkBytes, align),
        aligned: true,
      }),
      ...cut(range, { from: bodyEnd, to: end, step: chunkBytes, aligned: false }),
    ];
  }

  /** Drops the file from the page cache, so that what is read next comes from the disk. */
  dropFromCache(): void {
    dropFromCache(this.#buffered);
  }

  /** Throws if the file is not what it was when it was opened. */
  checkUnchanged(): void {
    const { bytes, modifiedNs } = fileStatus(this.#buffered);
    if (bytes !== this.#status.bytes || modifiedNs !== this.#status.modifiedNs) {
      throw new Error(`${this.path} changed while it was being copied: copy it again`);
    }
  }

  /** Throws if a piece came short: no piece reaches beyond the end that the file had. */
  checkWhole(moved: bigint, { fileOffset, bytes }: Piece): void {
    if (moved === bytes) return;
    this.checkUnchanged();
    throw new Error(
      `${this.path} ends after ${fileOffset + moved} bytes, not after ${this.bytes} as it says`,
    );
  }

  [Symbol.dispose](): void {
    this.#direct?.close();
    this.#buffered.close();
  }
}

function cut(
  range: Range,
  { from, to, step, aligned }: { from: bigint; to: bigint; step: bigint; aligned: boolean },
): Piece[] {
  const pieces: Piece[] = [];
  for (let fileOffset = from; fileOffset < to; fileOffset += step) {
    const bytes = fileOffset + step < to ? step : to - fileOffset;
    const bufferOffset = range.bufferOffset + fileOffset - range.fileOffset;
    pieces.push({ fileOffset, bufferOffset, bytes, aligned });
  }
  return pieces;
}

function roundUp(value: bigint, to: bigint): bigint {
  return (value + to - 1n) / to * to;
}
