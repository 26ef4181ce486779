import {
  dataBytes,
  type Descriptor,
  dropFromCache,
  type FileStatus,
  fileStatus,
  Hash,
  openFileIfThere,
  readableStatus,
  readableStatusIfThere,
} from "../ffi/mod.ts";
import type { Piece } from "./_pieces.ts";
import { TwoWayFile } from "./_two_way_file.ts";

/** A file to read, which must not change meanwhile. It is opened when its content is first needed. */
export class Source extends TwoWayFile {
  readonly path: string;
  readonly bytes: bigint;
  readonly #at: string;
  readonly #status: FileStatus;

  /**
   * Looks at a regular file.
   *
   * @param options.at The path to open, if `path` is only for messages.
   * @throws {SystemError} if it can't be opened
   * @throws {TypeError} if it is not a regular file
   */
  constructor(path: string, { at = path }: { at?: string } = {}) {
    super(() => this.#open(), path);
    this.path = path;
    this.#at = at;
    this.#status = readableStatus(at, path);
    this.bytes = this.#status.bytes;
    if (!this.#status.isFile) throw new TypeError(`${path} is not a regular file`);
    if (this.bytes === 0n) this.#checkEmpty();
  }

  /** Files of /proc are longer than they say. */
  #checkEmpty(): void {
    using file = this.#open();
    if (new Hash().file(file, { bytes: 1n }).sync() === 0n) return;
    throw new TypeError(`${this.path} has no known size, like files of /proc`);
  }

  #open({ direct = false } = {}): Descriptor {
    using opening = new DisposableStack();
    const options = { direct, nonblocking: !direct, name: this.path };
    const file = opening.use(openFileIfThere(this.#at, options));
    if (!file) throw this.#removed();
    this.#checkSame(fileStatus(file));
    opening.move();
    return file;
  }

  #removed(): Error {
    return new Error(`${this.path} was removed while it was being copied`);
  }

  /** Bypasses the page cache from now on. Without `insist`, it does so only if possible. */
  readDirectly({ insist }: { insist: boolean }): void {
    this.openDirect(() => this.#open({ direct: true }), { insist });
  }

  /** The least that the disk has read for `directBytes`: holes take no I/O. */
  get leastReadBytes(): bigint {
    const holes = this.bytes - dataBytes(this.buffered);
    return this.directBytes > holes ? this.directBytes - holes : 0n;
  }

  /** Drops the file from the page cache, so that the next read comes from the disk. */
  dropFromCache(): void {
    dropFromCache(this.buffered);
  }

  /** Throws if the file has changed since the first look at it. */
  checkUnchanged(): void {
    const now = readableStatusIfThere(this.#at, this.path);
    if (!now) throw this.#removed();
    // The path leads to the file that is open, as that was the first one, too.
    this.#checkSame(now);
    if (now.bytes === this.bytes && now.modifiedNs === this.#status.modifiedNs) return;
    throw new Error(`${this.path} changed while it was being copied: copy it again`);
  }

  /**
   * Throws unless the path leads to the file that was first there. Some filesystems give an inode a new
   * number each time: for them, the size and times must match.
   */
  #checkSame(now: FileStatus): void {
    const first = this.#status;
    if (now.device === first.device && now.inode === first.inode) return;
    if (
      now.bytes === first.bytes && now.modifiedNs === first.modifiedNs &&
      now.changedNs === first.changedNs
    ) return;
    throw new Error(`${this.path} was replaced while it was being copied: copy it again`);
  }

  /** Throws if a piece is short, as no piece reaches beyond the original end of the file. */
  checkWhole(moved: bigint, { fileOffset, bytes }: Piece): void {
    if (moved === bytes) return;
    this.checkUnchanged();
    throw new Error(
      `${this.path} ends after ${fileOffset + moved} bytes, not after ${this.bytes} as it says`,
    );
  }
}
