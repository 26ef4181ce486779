import {
  type Descriptor,
  type DirectAlignment,
  directAlignment,
  dropFromCache,
  isInMemory,
  Mapping,
  pageBytes,
  readAt,
  residentPages,
  SystemError,
} from "../ffi/mod.ts";
import { roundUp } from "../base/round_up.ts";
import type { Range } from "./method.ts";
import { cutRange, type Piece, usualAlignment } from "./_pieces.ts";

const EINVAL = 22;
/** The page cache drops a folio as a whole, or not at all. */
const LARGEST_FOLIO_BYTES = 4n << 20n;
/** The number of attempts, as another program may read the same part in between. */
const PROBES = 3;

/** Errors that also occur through the page cache. */
const NOT_OF_THE_WAY: readonly string[] = [
  ...["EIO", "ENOENT", "ENOSPC", "EDQUOT", "EFBIG"],
  ...["EMFILE", "ENFILE", "ENOMEM", "EINTR", "EFAULT", "ESTALE", "EBADF"],
];

/** The ways to move a piece. */
export interface Moves {
  /** Whether direct I/O is wanted. */
  direct: boolean;
  /** Moves the piece between this descriptor and the buffer. */
  io(file: Descriptor): Promise<bigint>;
  /** Moves a piece through other memory if direct I/O can't reach its place in the buffer. */
  around?(file: Descriptor): Promise<bigint>;
}

/**
 * A file that is open through the page cache and, if possible, directly. Only this class falls back
 * from direct I/O: at open, at the first I/O that the filesystem refuses, or when it turns out that
 * the filesystem used the page cache in spite of the flag.
 */
export class TwoWayFile implements Disposable {
  /** Its name in messages. */
  readonly name: string;
  /** The reason why direct I/O was given up, or null. */
  fallback: string | null = null;
  /** The bytes that were moved directly. */
  directBytes = 0n;
  readonly #opening = new DisposableStack();
  readonly #openBuffered: () => Descriptor;
  #buffered: Descriptor | null = null;
  #direct: Descriptor | null = null;
  #insists = false;
  #alignment: DirectAlignment = usualAlignment();
  #residentBefore = 0;

  /**
   * Takes ownership of a descriptor that uses the page cache.
   *
   * @param buffered The descriptor, or a function that opens the file when that is first needed.
   */
  constructor(buffered: Descriptor | (() => Descriptor), name: string) {
    this.#openBuffered = typeof buffered === "function" ? buffered : () => buffered;
    if (typeof buffered !== "function") this.#buffered = this.#opening.use(buffered);
    this.name = name;
  }

  /** The descriptor that uses the page cache. */
  get buffered(): Descriptor {
    return this.#buffered ??= this.#opening.use(this.#openBuffered());
  }

  /**
   * Bypasses the page cache from now on. Without `insist`, it does so only if possible.
   *
   * @param open Opens the file again, with `O_DIRECT`.
   * @throws {SystemError} if it insists and direct I/O is impossible
   */
  openDirect(open: () => Descriptor, { insist }: { insist: boolean }): void {
    if (this.#direct || this.fallback !== null) return;
    this.#insists = insist;
    try {
      const direct = this.#opening.use(open());
      this.#alignment = this.#alignmentOf(direct);
      this.#residentBefore = residentPages(direct);
      this.#direct = direct;
    } catch (error) {
      if (!this.#giveUp(error)) throw error;
    }
  }

  #alignmentOf(direct: Descriptor): DirectAlignment {
    const alignment = directAlignment(direct);
    // From Linux 6.6 on, tmpfs accepts the flag, but the CPU still copies.
    const why = isInMemory(direct)
      ? "which is in memory"
      : alignment === null
      ? "for which its filesystem has no direct I/O"
      : null;
    if (why !== null) {
      throw new SystemError(EINVAL, { call: "open", subject: `${this.name}, ${why}` });
    }
    return alignment === "unknown" || alignment === null ? usualAlignment() : alignment;
  }

  /** Whether aligned pieces bypass the page cache. */
  get direct(): boolean {
    return this.#direct !== null && this.fallback === null;
  }

  /** The descriptor for aligned pieces that other code moves; it reports the bytes by `moved`. */
  get current(): { file: Descriptor; moved(bytes: bigint): void } {
    const direct = this.direct ? this.#direct : null;
    return {
      file: direct ?? this.buffered,
      moved: (bytes) => void (this.directBytes += direct ? bytes : 0n),
    };
  }

  /** The alignment of direct I/O's offsets and lengths, in bytes. */
  get alignBytes(): bigint {
    return BigInt(this.#alignment.offsetBytes);
  }

  /** Cuts a range into aligned pieces of `chunkBytes`, and ends that are not aligned. */
  pieces(range: Range, chunkBytes: bigint): Piece[] {
    return cutRange(range, chunkBytes, this.#alignment);
  }

  /** Moves a piece directly if possible, else through the page cache. */
  async move(piece: Piece, { direct, io, around }: Moves): Promise<bigint> {
    const call = piece.aligned ? io : this.#isMisplaced(piece) ? around : undefined;
    if (direct && this.direct && call) {
      try {
        const moved = await call(this.#direct!);
        this.directBytes += moved;
        return moved;
      } catch (error) {
        if (!this.#giveUp(error)) throw error;
      }
    }
    return await io(this.buffered);
  }

  /** Whether a piece is too long to be an end, so that its place keeps direct I/O from reaching it. */
  #isMisplaced({ aligned, bytes }: Piece): boolean {
    return !aligned && bytes >= this.#alignment.offsetBytes;
  }

  /**
   * Continues through the page cache if direct I/O may have caused the error. Calls in progress may still
   * use the direct descriptor, so it stays open.
   */
  #giveUp(error: unknown): boolean {
    if (this.#insists || !(error instanceof SystemError)) return false;
    if (NOT_OF_THE_WAY.includes(error.code)) return false;
    this.fallback ??= error.message;
    return true;
  }

  /**
   * Takes back the claim of direct I/O if the page cache has grown by the bytes read, or if the disks
   * read less. Some filesystems accept `O_DIRECT` and use the page cache, as btrfs for compressed files.
   *
   * @param fromDisk Whether the disks read at least as much for this process.
   * @throws {Error} if the caller insisted on direct I/O
   */
  observe(fromDisk: boolean): void {
    if (!this.direct || this.directBytes === 0n) return;
    const grown = BigInt(residentPages(this.#direct!) - this.#residentBefore) * pageBytes();
    if (fromDisk && (grown * 2n < this.directBytes || this.#bypassesCache())) return;
    const why = `the filesystem moved ${this.name} through the page cache in spite of O_DIRECT`;
    if (this.#insists) throw new Error(`${why}: leave --direct out`);
    this.directBytes = 0n;
    this.fallback = why;
  }

  /** Whether a direct read alone leaves no page in the page cache, which others' reads may have filled. */
  #bypassesCache(): boolean {
    const part = { bytes: BigInt(this.#alignment.offsetBytes) };
    using memory = new Mapping(null, roundUp(part.bytes, pageBytes()));
    for (let tries = 0; tries < PROBES; tries++) {
      dropFromCache(this.buffered, { bytes: LARGEST_FOLIO_BYTES });
      const before = residentPages(this.buffered, part);
      readAt(this.#direct!, { address: memory.address, offset: 0n, ...part }).sync();
      if (before === 0 && residentPages(this.buffered, part) === 0) return true;
    }
    return false;
  }

  [Symbol.dispose](): void {
    this.#opening.dispose();
  }
}
