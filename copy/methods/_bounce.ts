import { copyIn, type Descriptor, Mapping, pageBytes, readAt } from "../../ffi/mod.ts";
import type { SharedBuffer } from "../buffer.ts";
import type { Range } from "../method.ts";
import type { Reader } from "./reader.ts";

/**
 * Reads into memory of our own, directly where possible, and copies from there: for buffers whose
 * mapping the kernel can't pin. Several slots let the disk go on while the CPU copies.
 */
export class BounceReader implements Reader {
  readonly #scratch: Mapping;
  readonly #slotBytes: bigint;
  readonly #free: bigint[];

  constructor({ chunkBytes, depth }: { chunkBytes: bigint; depth: number }) {
    const page = pageBytes();
    this.#slotBytes = (chunkBytes + page - 1n) / page * page;
    this.#scratch = new Mapping(null, this.#slotBytes * BigInt(depth));
    this.#free = Array.from({ length: depth }, (_, slot) => BigInt(slot) * this.#slotBytes);
  }

  async read(file: Descriptor, buffer: SharedBuffer, range: Range): Promise<bigint> {
    const slot = this.#free.pop();
    if (slot === undefined) throw new TypeError("more reads at once than there are slots");
    buffer.beginCpuAccess("write");
    try {
      return await this.#move(file, buffer, range, this.#scratch.address + slot);
    } finally {
      buffer.endCpuAccess("write");
      this.#free.push(slot);
    }
  }

  async #move(
    file: Descriptor,
    { io }: SharedBuffer,
    { fileOffset, bufferOffset, bytes }: Range,
    address: bigint,
  ): Promise<bigint> {
    let done = 0n;
    while (done < bytes) {
      const left = bytes - done < this.#slotBytes ? bytes - done : this.#slotBytes;
      const offset = fileOffset + done;
      const moved = await readAt(file, { address, bytes: left, offset }).async();
      if (moved === 0n) break;
      await copyIn(io, { address, bytes: moved, offset: bufferOffset + done }).async();
      done += moved;
    }
    return done;
  }

  [Symbol.dispose](): void {
    this.#scratch.close();
  }
}
