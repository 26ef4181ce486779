import { roundUp } from "../base/round_up.ts";
import { hugePages } from "../copy/mod.ts";
import { pageBytes } from "../ffi/mod.ts";

/** Lower than V8, libraries and stacks usually are, and above programs that must lie low. */
const FIRST = 1n << 32n;

/**
 * Addresses for the buffers of a run, one after the other. The kernel looks up the mapping of each page
 * that a row faults in, by going through the ranges of addresses below it in each node of a tree. Where
 * nothing else lies below, that takes equally long whatever this process has mapped.
 */
export class BufferAddresses {
  readonly #hugeBytes = BigInt(hugePages().transparentBytes);
  #next = FIRST;

  /** The address for a buffer of `bytes`, where it can have huge pages. */
  take(bytes: bigint): bigint {
    const isLarge = this.#hugeBytes > 0n && bytes >= this.#hugeBytes;
    const address = isLarge ? roundUp(this.#next, this.#hugeBytes) : this.#next;
    this.#next = address + roundUp(bytes, pageBytes());
    return address;
  }

  /** Begins again, when all buffers are closed. */
  reset(): void {
    this.#next = FIRST;
  }
}
