import { CUT_OR_DAMAGED } from "./_words.ts";
import { ModelError } from "./model.ts";

/** How much is read at once; what is skipped beyond it is not read at all. */
const WINDOW_BYTES = 1 << 18;

/** All characters are the name's. */
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A file's header, read once from its begin to its end, little-endian. The memory that it takes
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
  /** Where the window begins in the file, how much of it is read, and what comes next in it. */
  #start = 0;
  #filled = 0;
  #next = 0;

  /** Begins at the file's begin. */
  constructor(file: Deno.FsFile, { path, bytes }: { path: string; bytes: number }) {
    this.#file = file;
    this.path = path;
    this.bytes = bytes;
  }

  /** Where the next value is in the file. */
  get offset(): number {
    return this.#start + this.#next;
  }

  /** How much comes after that. */
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
   * How many things come, each of so many bytes at least.
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

  /** So many bytes of text; what is not UTF-8 in it is replaced. */
  text(bytes: number): string {
    const at = this.#take(bytes);
    return DECODER.decode(this.#window.subarray(at, at + bytes));
  }

  /** Leaves out so many bytes. */
  skip(bytes: number): void {
    this.#check(bytes);
    this.#next += bytes;
  }

  /** Leaves out so many texts; a million of them take no longer than to read them. */
  skipTexts(count: number): void {
    for (let left = count; left > 0; left--) this.skip(this.count("bytes of text", 1));
  }

  /** Where so many bytes are in the window, which go to the caller. */
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
      // It was longer when its size was read.
      if (got === null) this.#endsEarly();
      else this.#filled += got;
    }
  }

  #endsEarly(): never {
    throw new ModelError(this.path, `it ends within its header: ${CUT_OR_DAMAGED}`);
  }
}
