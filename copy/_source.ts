import {
  dataBytes,
  type Descriptor,
  dropFromCache,
  type FileStatus,
  fileStatus,
  Hash,
  openFile,
  SystemError,
} from "../ffi/mod.ts";
import type { Piece } from "./_pieces.ts";
import { TwoWayFile } from "./_two_way_file.ts";

/** A file to read, which must not change after it is opened. */
export class Source extends TwoWayFile {
  readonly path: string;
  readonly bytes: bigint;
  readonly #at: string;
  readonly #status: FileStatus;

  /**
   * Opens a regular file.
   *
   * @param options.at The path to open, if `path` is only for messages.
   * @throws {SystemError}
   * @throws {TypeError} if it is not a regular file
   */
  constructor(path: string, { at = path }: { at?: string } = {}) {
    super(openFile(at, { nonblocking: true, name: path }));
    using cleanup = new DisposableStack();
    cleanup.use(this);
    this.path = path;
    this.#at = at;
    this.#status = fileStatus(this.buffered);
    this.bytes = this.#status.bytes;
    if (!this.#status.isFile) throw new TypeError(`${path} is not a regular file`);
    if (this.bytes === 0n && new Hash().file(this.buffered, { bytes: 1n }).sync() > 0n) {
      throw new TypeError(`${path} has no known size, like files of /proc`);
    }
    cleanup.move();
  }

  /** Bypasses the page cache from now on. Without `insist`, it does so only if possible. */
  readDirectly({ insist }: { insist: boolean }): void {
    this.openDirect(() => {
      using opening = new DisposableStack();
      const file = opening.use(openFile(this.#at, { direct: true, name: this.path }));
      this.#checkSame(file);
      opening.move();
      return file;
    }, { insist });
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

  /** Throws if the file has changed since it was opened. */
  checkUnchanged(): void {
    const { bytes, modifiedNs } = fileStatus(this.buffered);
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

  /**
   * Throws unless the path leads to the file that was opened first. Some filesystems give an inode a new
   * number each time: for them, the size and times must match.
   */
  #checkSame(file: Descriptor): void {
    const [now, first] = [fileStatus(file), this.#status];
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
