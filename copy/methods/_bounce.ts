import {
  copyIn,
  copyMemory,
  type Descriptor,
  type LongCall,
  Mapping,
  pageBytes,
  readAt,
} from "../../ffi/mod.ts";
import type { SharedBuffer } from "../buffer.ts";
import { roundUp } from "../../base/round_up.ts";
import type { Range, Reader } from "../method.ts";

/** Room for the ends of what is read around a range: more than direct I/O aligns to anywhere. */
const MARGIN_BYTES = 1n << 17n;

/**
 * Reads into memory of our own, directly where possible, and copies from there: for buffers whose
 * mapping the kernel can't pin, and for ranges that don't align with the disk. Several slots let the
 * disk go on while the CPU copies.
 */
export class BounceReader implements Reader {
  readonly #scratch: Mapping;
  readonly #slotBytes: bigint;
  readonly #free: bigint[];

  constructor({ chunkBytes, depth }: { chunkBytes: bigint; depth: number }) {
    const page = pageBytes();
    this.#slotBytes = roundUp(chunkBytes, page) + MARGIN_BYTES;
    this.#scratch = new Mapping(null, this.#slotBytes * BigInt(depth));
    this.#free = Array.from({ length: depth }, (_, slot) => BigInt(slot) * this.#slotBytes);
  }

  /** @param alignBytes What offsets and lengths of reads are multiples of: a range's ends are read around. */
  async read(
    file: Descriptor,
    buffer: SharedBuffer,
    range: Range,
    alignBytes = 1n,
  ): Promise<bigint> {
    const slot = this.#free.pop();
    if (slot === undefined) throw new TypeError("more reads at once than there are slots");
    using _access = buffer.cpuAccess("write");
    try {
      return await this.#move(file, buffer, range, {
        scratch: this.#scratch.address + slot,
        align: alignBytes,
      });
    } finally {
      this.#free.push(slot);
    }
  }

  async #move(
    file: Descriptor,
    buffer: SharedBuffer,
    { fileOffset, bufferOffset, bytes }: Range,
    { scratch: address, align }: { scratch: bigint; align: bigint },
  ): Promise<bigint> {
    let done = 0n;
    while (done < bytes) {
      const at = fileOffset + done;
      const offset = at / align * align;
      const head = at - offset;
      const wanted = roundUp(head + bytes - done, align);
      const most = this.#slotBytes / align * align;
      const got = await readAt(file, { address, bytes: wanted < most ? wanted : most, offset })
        .async() - head;
      if (got <= 0n) break;
      const moved = got < bytes - done ? got : bytes - done;
      await put(buffer, { from: address + head, offset: bufferOffset + done, bytes: moved })
        .async();
      done += moved;
    }
    return done;
  }

  [Symbol.dispose](): void {
    this.#scratch.close();
  }
}

/** A memfd is mapped as it is filled; a dma-buf's mapping, made when asked for, costs more than this. */
function put(
  buffer: SharedBuffer,
  { from, offset, bytes }: { from: bigint; offset: bigint; bytes: bigint },
): LongCall {
  return buffer.via === "memfd"
    ? copyMemory({ from, to: buffer.mapping.address + offset, bytes })
    : copyIn(buffer.io, { address: from, bytes, offset });
}
