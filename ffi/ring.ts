import type { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { type LongCall, longCall } from "./long_call.ts";
import type { MemoryRange } from "./transfer.ts";
import { unwrap } from "./system_error.ts";

/** A read that is done: the bytes read, or `-errno`. */
export interface Completion {
  /** The slot that was read into. */
  slot: number;
  /** The bytes read, or `-errno`. */
  result: number;
}

/**
 * An io_uring whose reads go into registered memory, one slot each; see io_uring(7). What is read
 * from and into must stay open and mapped until the read is done.
 */
export class Ring implements Disposable {
  /** How many reads may be under way at once. */
  readonly slots: number;
  readonly #ring: Uint8Array<ArrayBuffer>;
  readonly #done: BigInt64Array<ArrayBuffer>;
  #closed = false;

  /**
   * Sets a ring up.
   *
   * @throws {SystemError} `ENOSYS` or `EPERM` where the kernel has no io_uring or forbids it
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
   * Registers the memory as the slot's and begins a read into it: at most 1 GiB.
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

  /** Waits until at least one read is done. Reads may be begun meanwhile, on the main thread. */
  wait(): LongCall {
    return longCall("ring_wait", [this.#ring], "io_uring");
  }

  /** Takes what is done, without waiting. */
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
