import {
  type Descriptor,
  directAlignment,
  type FileStatus,
  fileStatus,
  openFile,
  SystemError,
} from "../ffi/mod.ts";

/** Where a filesystem doesn't say: what suits every block device. */
const USUAL_ALIGNMENT = 4096n;

/** A file to read, directly where possible; its unaligned tail goes through the page cache. */
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

  /** Whether the next aligned piece bypasses the page cache. */
  get direct(): boolean {
    return this.#direct !== null;
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
    if (alignment !== null && alignment !== "unknown") {
      this.#alignment = BigInt(alignment.offsetBytes);
    }
  }

  /** Goes on through the page cache if the error says that direct I/O is impossible. */
  giveUpDirect(error: unknown): boolean {
    if (this.#insists || this.fallback !== null) return false;
    if (!(error instanceof SystemError && error.errno === "EINVAL")) return false;
    this.fallback = error.message;
    this.#direct?.close();
    this.#direct = null;
    return true;
  }

  /** The descriptor to read from at `offset`, and how much of `chunkBytes` it can give at once. */
  piece(offset: bigint, chunkBytes: bigint): { file: Descriptor; bytes: bigint } {
    const left = this.bytes - offset;
    const aligned = left / this.#alignment * this.#alignment;
    if (this.#direct && aligned > 0n) {
      const chunk = (chunkBytes + this.#alignment - 1n) / this.#alignment * this.#alignment;
      return { file: this.#direct, bytes: least(chunk, aligned) };
    }
    return { file: this.#buffered, bytes: least(chunkBytes, left) };
  }

  /** Throws if the file is not what it was when it was opened. */
  checkUnchanged(): void {
    const { bytes, modifiedNs } = fileStatus(this.#buffered);
    if (bytes !== this.#status.bytes || modifiedNs !== this.#status.modifiedNs) {
      throw new Error(`${this.path} changed while it was being copied: copy it again`);
    }
  }

  /** Throws if a piece came short: no piece reaches beyond the end that the file had. */
  checkWhole(moved: bigint, piece: { offset: bigint; bytes: bigint }): void {
    if (moved === piece.bytes) return;
    this.checkUnchanged();
    throw new Error(
      `${this.path} ends after ${piece.offset + moved} bytes, not after ${this.bytes} as it says`,
    );
  }

  [Symbol.dispose](): void {
    this.#direct?.close();
    this.#buffered.close();
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
