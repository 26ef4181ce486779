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
/** A folio of the page cache is dropped as a whole, or not at all. */
const LARGEST_FOLIO_BYTES = 4n << 20n;
/** Another program may read the same part in between. */
const PROBES = 3;

/** What going through the page cache would not help. */
const NOT_OF_THE_WAY: readonly string[] = [
  ...["EIO", "ENOENT", "ENOSPC", "EDQUOT", "EFBIG"],
  ...["EMFILE", "ENFILE", "ENOMEM", "EINTR", "EFAULT", "ESTALE", "EBADF"],
];

/** How to move a piece. */
export interface Moves {
  /** Whether direct I/O is wanted. */
  direct: boolean;
  /** Moves the piece between this descriptor and the buffer. */
  io(file: Descriptor): Promise<bigint>;
  /** Moves by way of other memory a piece whose place in the buffer direct I/O can't reach. */
  around?(file: Descriptor): Promise<bigint>;
}

/**
 * A file that is open through the page cache and, where that is possible, directly. Here, and nowhere
 * else, direct I/O falls back: at open, at the first I/O that the filesystem refuses, or when it
 * turns out that the filesystem used the page cache all the same.
 */
export class TwoWayFile implements Disposable {
  /** What messages call it. */
  readonly name: string;
  /** Through the page cache. */
  readonly buffered: Descriptor;
  /** Why direct I/O was given up, or null. */
  fallback: string | null = null;
  /** How much was moved directly, in bytes. */
  directBytes = 0n;
  readonly #opening = new DisposableStack();
  #direct: Descriptor | null = null;
  #insists = false;
  #alignment: DirectAlignment = usualAlignment();
  #residentBefore = 0;

  /** Takes ownership of the descriptor. */
  constructor(buffered: Descriptor, name = buffered.name) {
    this.buffered = this.#opening.use(buffered);
    this.name = name;
  }

  /**
   * Bypasses the page cache from now on. Unless it insists, only where that is possible.
   *
   * @param open Opens the file once more, with `O_DIRECT`.
   * @throws {SystemError} if it insists and can't
   */
  openDirect(open: () => Descriptor, { insist }: { insist: boolean }): void {
    if (this.#direct || this.fallback !== null) return;
    this.#insists = insist;
    try {
      const direct = this.#opening.use(open());
      this.#alignment = this.#alignmentOf(direct);
      this.#residentBefore = residentPages(this.buffered);
      this.#direct = direct;
    } catch (error) {
      if (!this.#giveUp(error)) throw error;
    }
  }

  #alignmentOf(direct: Descriptor): DirectAlignment {
    const alignment = directAlignment(direct);
    // From Linux 6.6 on tmpfs accepts the flag, and the CPU copies even so.
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

  /** The descriptor for aligned pieces that somebody else moves, and tells by `moved`. */
  get current(): { file: Descriptor; moved(bytes: bigint): void } {
    const direct = this.direct ? this.#direct : null;
    return {
      file: direct ?? this.buffered,
      moved: (bytes) => void (this.directBytes += direct ? bytes : 0n),
    };
  }

  /** What direct I/O's offsets and lengths are multiples of. */
  get alignBytes(): bigint {
    return BigInt(this.#alignment.offsetBytes);
  }

  /** Cuts a range into pieces of `chunkBytes`: what is aligned, and the ends that are not. */
  pieces(range: Range, chunkBytes: bigint): Piece[] {
    return cutRange(range, chunkBytes, this.#alignment);
  }

  /** Moves a piece: directly where it can be, else through the page cache. */
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

  /** Whether it is too long for a mere end that direct I/O can't reach because of its place. */
  #isMisplaced({ aligned, bytes }: Piece): boolean {
    return !aligned && bytes >= this.#alignment.offsetBytes;
  }

  /**
   * Goes on through the page cache if the error may be due to direct I/O. What is under way may still
   * use the direct descriptor, so it stays open.
   */
  #giveUp(error: unknown): boolean {
    if (this.#insists || !(error instanceof SystemError)) return false;
    if (NOT_OF_THE_WAY.includes(error.code)) return false;
    this.fallback ??= error.message;
    return true;
  }

  /**
   * Takes back the claim of direct I/O if the page cache has grown by what was read, or less came from
   * the disks: some filesystems take `O_DIRECT` and use the page cache, as btrfs for compressed files.
   *
   * @param fromDisk Whether the disks read as much for this process.
   * @throws {Error} if direct I/O was insisted on
   */
  observe(fromDisk: boolean): void {
    if (!this.direct || this.directBytes === 0n) return;
    const grown = BigInt(residentPages(this.buffered) - this.#residentBefore) * pageBytes();
    if (fromDisk && (grown * 2n < this.directBytes || this.#bypassesCache())) return;
    const why = `the filesystem moved ${this.name} through the page cache in spite of O_DIRECT`;
    if (this.#insists) throw new Error(`${why}: leave --direct out`);
    this.directBytes = 0n;
    this.fallback = why;
  }

  /** The page cache may have grown by others' reads: whether a direct read alone leaves no page in it. */
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
