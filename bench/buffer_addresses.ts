import { roundUp } from "../base/round_up.ts";
import { hugePages } from "../copy/mod.ts";
import { pageBytes } from "../ffi/mod.ts";

/** Programs that must lie low are below. */
const LOWEST = 1n << 32n;
/** V8, libraries and stacks usually are above. */
const END = 1n << 35n;

/**
 * Addresses for the buffers of a run, each below the one before. The kernel looks up the mapping of each
 * page that a row faults in, by going through the ranges of addresses below it in each node of a tree.
 * With nothing below, it looks at one range a node, whatever this process has mapped.
 */
export class BufferAddresses {
  readonly #hugeBytes = BigInt(hugePages().transparentBytes);
  #end = END;

  /** The address for a buffer of `bytes`, where it can have huge pages. */
  take(bytes: bigint): bigint {
    const isLarge = this.#hugeBytes > 0n && bytes >= this.#hugeBytes;
    const unit = isLarge ? this.#hugeBytes : pageBytes();
    const start = this.#end - roundUp(bytes, unit);
    this.#end = start < LOWEST ? END : start - start % unit;
    return this.#end;
  }

  /** Begins again, when all buffers are closed. */
  reset(): void {
    this.#end = END;
  }
}
