import { roundUp } from "../base/round_up.ts";
import { type Descriptor, Mapping, pageBytes, readAt } from "../ffi/mod.ts";

/** The space for the extra bytes around a range: more than any alignment of direct I/O. */
const MARGIN_BYTES = 1n << 17n;

/** The size of most architectures' huge pages, where pages have 4 KiB. */
const ALIGN_BYTES = 2n << 20n;

/** A range of a file to read, and the action for its bytes. */
export interface ScratchRead {
  /** Its start in the file, in bytes. */
  offset: bigint;
  /** Its length, in bytes. */
  bytes: bigint;
  /** The alignment of offsets and lengths of reads in bytes: reads extend the range at its ends. */
  alignBytes: bigint;
  /** Uses a part of the range that is in memory at `address`; `done` bytes of it came before. */
  use(part: { address: bigint; done: bigint; bytes: bigint }): Promise<unknown>;
}

/**
 * Reads into memory of this process, directly if the file is open for direct I/O. With several slots,
 * the disk works on while the CPU uses the bytes that have arrived.
 */
export class Scratch implements Disposable {
  readonly #memory: Mapping;
  readonly #slotBytes: bigint;
  readonly #free: bigint[];

  constructor({ chunkBytes, depth }: { chunkBytes: bigint; depth: number }) {
    this.#slotBytes = roundUp(chunkBytes, pageBytes()) + MARGIN_BYTES;
    this.#memory = new Mapping(null, this.#slotBytes * BigInt(depth), { alignBytes: ALIGN_BYTES });
    // Pinning small pages for each read takes the CPU longer than comparing the bytes.
    this.#memory.adviseIfPossible("huge-pages");
    this.#free = Array.from({ length: depth }, (_, slot) => BigInt(slot) * this.#slotBytes);
  }

  /**
   * Reads a range, in parts if it is larger than a slot.
   *
   * @returns the bytes used: less than asked for only at the file's end
   */
  async read(file: Descriptor, read: ScratchRead): Promise<bigint> {
    const slot = this.#free.pop();
    if (slot === undefined) throw new TypeError("more reads at once than there are slots");
    try {
      return await this.#readInto(this.#memory.address + slot, file, read);
    } finally {
      this.#free.push(slot);
    }
  }

  async #readInto(
    address: bigint,
    file: Descriptor,
    { offset, bytes, alignBytes, use }: ScratchRead,
  ): Promise<bigint> {
    const most = this.#slotBytes / alignBytes * alignBytes;
    let done = 0n;
    while (done < bytes) {
      const at = offset + done;
      const start = at / alignBytes * alignBytes;
      const head = at - start;
      const wanted = roundUp(head + bytes - done, alignBytes);
      const range = { address, bytes: wanted < most ? wanted : most, offset: start };
      const got = await readAt(file, range).async() - head;
      if (got <= 0n) break;
      const part = got < bytes - done ? got : bytes - done;
      await use({ address: address + head, done, bytes: part });
      done += part;
    }
    return done;
  }

  [Symbol.dispose](): void {
    this.#memory.close();
  }
}
