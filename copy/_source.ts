import {
  type Descriptor,
  type DirectAlignment,
  dropFromCache,
  type FileStatus,
  fileStatus,
  Hash,
  openFile,
  SystemError,
} from "../ffi/mod.ts";
import type { Range } from "./method.ts";
import { openDirect } from "./_open_direct.ts";
import { alignmentOf, cutRange, type Piece, USUAL_ALIGNMENT } from "./_pieces.ts";

/** A file to read, directly where possible; unaligned ends go through the page cache. */
export class Source implements Disposable {
  readonly path: string;
  readonly bytes: bigint;
  /** Why direct I/O was given up, or null. */
  fallback: string | null = null;
  readonly #at: string;
  readonly #status: FileStatus;
  readonly #buffered: Descriptor;
  #direct: Descriptor | null = null;
  #insists = false;
  #alignment: DirectAlignment = USUAL_ALIGNMENT;

  /**
   * Opens a regular file.
   *
   * @param options.at Where it is, if `path` is only what messages call it.
   * @throws {SystemError}
   * @throws {TypeError} if it is not a regular file
   */
  constructor(path: string, options: { at?: string } = {}) {
    this.path = path;
    this.#at = options.at ?? path;
    this.#buffered = openFile(this.#at, { nonblocking: true, name: path });
    using cleanup = new DisposableStack();
    cleanup.use(this);
    this.#status = fileStatus(this.#buffered);
    this.bytes = this.#status.bytes;
    if (!this.#status.isFile) throw new TypeError(`${path} is not a regular file`);
    if (this.bytes === 0n && new Hash().file(this.#buffered, { bytes: 1n }).sync() > 0n) {
      throw new TypeError(`${path} does not say how long it is, as files of /proc don't`);
    }
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
      this.#direct = openDirect(this.#at, { name: this.path });
    } catch (error) {
      if (!this.giveUpDirect(error)) throw error;
      return;
    }
    this.#checkSame(this.#direct);
    this.#alignment = alignmentOf(this.#direct);
  }

  /**
   * Goes on through the page cache if the error says that direct I/O is impossible. What is under
   * way may still use the direct descriptor, so it stays open.
   */
  giveUpDirect(error: unknown): boolean {
    if (this.#insists || !(error instanceof SystemError && error.code === "EINVAL")) return false;
    this.fallback ??= error.message;
    return true;
  }

  /** The descriptor to read a piece from. */
  descriptorFor({ aligned }: Piece): Descriptor {
    return aligned && this.#direct && this.fallback === null ? this.#direct : this.#buffered;
  }

  /** Cuts a range into pieces of `chunkBytes`: what is aligned, and the ends that are not. */
  pieces(range: Range, chunkBytes: bigint): Piece[] {
    return cutRange(range, chunkBytes, this.#alignment);
  }

  /** What direct reads' offsets and lengths are multiples of. */
  get alignBytes(): bigint {
    return BigInt(this.#alignment.offsetBytes);
  }

  /** Whether a piece that is no mere end can't be read directly because of where it is to go. */
  isMisplaced({ aligned, bytes }: Piece): boolean {
    return this.direct && !aligned && bytes >= this.#alignment.offsetBytes;
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
    using now = this.#openAgain();
    this.#checkSame(now);
  }

  #openAgain(): Descriptor {
    try {
      return openFile(this.#at, { nonblocking: true, name: this.path });
    } catch (cause) {
      if (!(cause instanceof SystemError && cause.code === "ENOENT")) throw cause;
      throw new Error(`${this.path} was removed while it was being copied`, { cause });
    }
  }

  /** Throws unless what the path leads to is the file that was opened first. */
  #checkSame(file: Descriptor): void {
    const { device, inode } = fileStatus(file);
    if (device === this.#status.device && inode === this.#status.inode) return;
    throw new Error(`${this.path} was replaced while it was being copied: copy it again`);
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
