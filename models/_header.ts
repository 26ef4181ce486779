import { CUT_OR_DAMAGED } from "./_words.ts";
import { ModelError } from "./model.ts";

/** The bytes to read at once; skipped bytes beyond them are not read at all. */
const WINDOW_BYTES = 1 << 18;

/** A byte order mark is a part of the name. */
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A file's header, read once from its start to its end, little-endian. The memory that it takes
 * does not depend on the file.
 */
export class Header {
  /** The file. */
  readonly path: string;
  /** The file's size. */
  readonly bytes: number;
  readonly #file: Deno.FsFile;
  readonly #window = new Uint8Array(WINDOW_BYTES);
  readonly #view = new DataView(this.#window.buffer);
  /** The start of the window in the file, the bytes in it, and the position of the next one. */
  #start = 0;
  #filled = 0;
  #next = 0;

  /** Starts at the start of the file. */
  constructor(file: Deno.FsFile, { path, bytes }: { path: string; bytes: number }) {
    this.#file = file;
    this.path = path;
    this.bytes = bytes;
  }

  /** The offset of the next value in the file. */
  get offset(): number {
    return this.#start + this.#next;
  }

  /** The bytes from there to the end. */
  get left(): number {
    return this.bytes - this.offset;
  }

  /** An unsigned number of 1, 2 or 4 bytes. */
  uint(size: 1 | 2 | 4): number {
    const at = this.#take(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  /** An unsigned number of 8 bytes. */
  uint64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /**
   * A count of things, each of which has at least the given bytes.
   *
   * @throws {ModelError} if the file can't hold them
   */
  count(what: string, bytesEach: number): number {
    const at = this.#take(8);
    const count = this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
    if (count * bytesEach <= this.left) return count;
    const exact = this.#view.getBigUint64(at, true);
    throw new ModelError(
      this.path,
      `it can't have ${exact} ${what} at ${this.offset}, in ${this.left} bytes: ` + CUT_OR_DAMAGED,
    );
  }

  /** Text of the given bytes; invalid UTF-8 is replaced. */
  text(bytes: number): string {
    const at = this.#take(bytes);
    return DECODER.decode(this.#window.subarray(at, at + bytes));
  }

  /** Skips the given number of bytes. */
  skip(bytes: number): void {
    this.#check(bytes);
    this.#next += bytes;
  }

  /** Skips the given number of texts without decoding them. */
  skipTexts(count: number): void {
    for (let left = count; left > 0; left--) this.skip(this.count("bytes of text", 1));
  }

  /** The position in the window of the next bytes, which the caller takes. */
  #take(bytes: number): number {
    this.#check(bytes);
    if (this.#next + bytes > this.#filled) this.#fill(bytes);
    const at = this.#next;
    this.#next += bytes;
    return at;
  }

  #check(bytes: number): void {
    if (bytes > this.left) this.#endsEarly();
  }

  #fill(bytes: number): void {
    const start = this.offset;
    this.#file.seekSync(start, Deno.SeekMode.Start);
    [this.#start, this.#filled, this.#next] = [start, 0, 0];
    while (this.#filled < bytes) {
      const got = this.#file.readSync(this.#window.subarray(this.#filled));
      // The file has shrunk since its size was read.
      if (got === null) this.#endsEarly();
      else this.#filled += got;
    }
  }

  #endsEarly(): never {
    throw new ModelError(this.path, `it ends within its header: ${CUT_OR_DAMAGED}`);
  }
}
