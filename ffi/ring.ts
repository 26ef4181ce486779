import type { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { type LongCall, longCall } from "./long_call.ts";
import type { MemoryRange } from "./transfer.ts";
import { unwrap } from "./system_error.ts";

/** A finished read. */
export interface Completion {
  /** The slot that the read used. */
  slot: number;
  /** The bytes read, or `-errno`. */
  result: number;
}

/**
 * An io_uring whose reads go into registered memory, one slot each; see io_uring(7). The file and
 * the memory must stay open and mapped until the read is done.
 */
export class Ring implements Disposable {
  /** The most reads at once. */
  readonly slots: number;
  readonly #ring: Uint8Array<ArrayBuffer>;
  readonly #done: BigInt64Array<ArrayBuffer>;
  #closed = false;

  /**
   * Sets up a ring.
   *
   * @throws {SystemError} `ENOSYS` or `EPERM` if the kernel has no io_uring or forbids it
   */
  constructor(slots: number) {
    this.slots = slots;
    this.#ring = new Uint8Array(Number(library().ring_bytes()));
    this.#done = new BigInt64Array(2 * slots);
    const subject = `${slots} slots`;
    unwrap(library().ring_init(this.#ring, slots), { call: "io_uring_setup", subject });
    try {
      unwrap(library().ring_slots(this.#ring, slots), { call: "io_uring_register", subject });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Registers the memory for the slot, and starts a read of at most 1 GiB into it.
   *
   * @throws {SystemError} `ENOMEM` beyond `RLIMIT_MEMLOCK`
   */
  read(slot: number, file: Descriptor, { address, bytes, offset }: MemoryRange): void {
    const error = { call: "io_uring_register", subject: file.name };
    unwrap(library().ring_register(this.#ring, slot, address, bytes), error);
    const queued = library().ring_read(
      this.#ring,
      file.number,
      address,
      Number(bytes),
      offset,
      slot,
    );
    unwrap(queued, { ...error, call: "io_uring_get_sqe" });
    unwrap(library().ring_submit(this.#ring), { ...error, call: "io_uring_enter" });
  }

  /** Waits until at least one read is done. The main thread may start reads meanwhile. */
  wait(): LongCall {
    return longCall("ring_wait", [this.#ring], "io_uring");
  }

  /** Takes the finished reads, without waiting. */
  reap(): Completion[] {
    const count = library().ring_reap(this.#ring, this.#done, this.slots);
    return Array.from({ length: count }, (_, i) => ({
      slot: Number(this.#done[2 * i]),
      result: Number(this.#done[2 * i + 1]),
    }));
  }

  /** Frees it. Closing twice is harmless. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    library().ring_exit(this.#ring);
  }

  /** Frees it. */
  [Symbol.dispose](): void {
    this.close();
  }
}
