/** What making pages took. */
export interface PagesMade {
  /** Huge ones. */
  huge: boolean;
  bytes: bigint;
  ms: number;
}

/** A huge page of 2 MiB takes a tenth of it, where memory has one at hand. */
const SLOW_MS_PER_MIB = 2;
const MIB = 1 << 20;

/**
 * Whether pages are to be huge, by what they take. Of fragmented memory the kernel makes huge pages
 * by moving others out of the way, which takes longer than small pages do. On a busy machine all
 * takes long: so before huge pages are given up, a part is made of small ones.
 */
export class PagePace {
  /** Why pages are small, or null. */
  reason: string | null = null;
  #slow: number | null = null;
  #isDecided = false;

  /** Whether the next part's pages are to be huge. */
  get huge(): boolean {
    return this.reason === null && (this.#isDecided || this.#slow === null);
  }

  /** Learns from a part that was made. */
  add({ huge, bytes, ms }: PagesMade): void {
    if (this.#isDecided || bytes === 0n) return;
    const pace = ms / (Number(bytes) / MIB);
    if (huge) {
      if (pace > SLOW_MS_PER_MIB) this.#slow ??= pace;
    } else if (this.#slow !== null) {
      this.#isDecided = true;
      if (pace >= this.#slow / 2) return;
      const times = (this.#slow / pace).toFixed(1);
      this.reason = `memory is fragmented, huge ones take ${times} × as long`;
    }
  }

  /** Gives huge pages up. */
  refuse(reason: string): void {
    this.reason ??= reason;
  }
}
