import { copyIn, copyMemory, type Descriptor, type LongCall } from "../../ffi/mod.ts";
import { accessMapping } from "../_access.ts";
import type { SharedBuffer } from "../buffer.ts";
import type { Range, Reader } from "../method.ts";
import { Scratch } from "../_scratch.ts";

/**
 * Reads into memory of this process, directly if possible, and copies from there. It serves buffers whose
 * mapping the kernel can't pin, and ranges that don't align with the disk.
 */
export class BounceReader implements Reader {
  readonly #scratch: Scratch;

  constructor(options: { chunkBytes: bigint; depth: number }) {
    this.#scratch = new Scratch(options);
  }

  /** @param alignBytes The alignment of offsets and lengths of reads, in bytes. */
  async read(
    file: Descriptor,
    buffer: SharedBuffer,
    { fileOffset, bufferOffset, bytes }: Range,
    alignBytes = 1n,
  ): Promise<bigint> {
    using _access = accessMapping(buffer, "write");
    return await this.#scratch.read(file, {
      offset: fileOffset,
      bytes,
      alignBytes,
      use: ({ address: from, done, bytes }) =>
        put(buffer, { from, offset: bufferOffset + done, bytes }).async(),
    });
  }

  [Symbol.dispose](): void {
    this.#scratch[Symbol.dispose]();
  }
}

/** A memfd is mapped while it is filled; the mapping of a dma-buf costs more than this method. */
function put(
  buffer: SharedBuffer,
  { from, offset, bytes }: { from: bigint; offset: bigint; bytes: bigint },
): LongCall {
  return buffer.via === "memfd"
    ? copyMemory({ from, to: buffer.mapping.address + offset, bytes })
    : copyIn(buffer.io, { address: from, bytes, offset });
}
