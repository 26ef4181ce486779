import type { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { type LongCall, longCall } from "./long_call.ts";

/**
 * XXH64, fed piece by piece: `xxhsum` gives the same digest.
 *
 * @example
 * ```ts ignore
 * const hash = new Hash();
 * hash.file(file, { bytes: fileStatus(file).bytes }).sync();
 * console.log(hash.digest());
 * ```
 */
export class Hash {
  readonly #state: Uint8Array<ArrayBuffer>;

  constructor() {
    this.#state = new Uint8Array(Number(library().hash_state_bytes()));
    this.reset();
  }

  /** Starts again. */
  reset(): void {
    library().hash_reset(this.#state);
  }

  /** Feeds mapped memory. */
  memory(range: { address: bigint; bytes: bigint }): LongCall {
    return longCall("hash_memory", [this.#state, range.address, range.bytes], "memory");
  }

  /**
   * Feeds a part of a file, read through a small buffer. Returns the bytes hashed: less than asked for
   * only at the file's end.
   */
  file(file: Descriptor, range: { offset?: bigint; bytes: bigint }): LongCall {
    const { offset = 0n, bytes } = range;
    return longCall("hash_file", [this.#state, file.number, offset, bytes], file.name);
  }

  /** The digest of all that was fed since the last reset, as 16 hexadecimal digits. */
  digest(): string {
    return library().hash_digest(this.#state).toString(16).padStart(16, "0");
  }
}
