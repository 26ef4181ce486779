import type { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { unwrap } from "./system_error.ts";

const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;
const MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;

/** madvise(2)'s numbers, for what is used here. */
const ADVICE: Record<Advice, number> = { "huge-pages": 14, "populate-write": 23 };

/** An advice about a mapping: `MADV_HUGEPAGE` or `MADV_POPULATE_WRITE`. */
export type Advice = "huge-pages" | "populate-write";

/** A writable mapping that this object owns: shared of a descriptor, or anonymous memory. */
export class Mapping implements Disposable {
  /** What is mapped, for messages. */
  readonly name: string;
  /** Length, in bytes. */
  readonly bytes: bigint;
  #address: bigint;

  /**
   * Maps the first `bytes` of `descriptor`, `MAP_SHARED`, to read and write; with null, new private
   * memory. See mmap(2).
   *
   * @throws {SystemError}
   */
  constructor(descriptor: Descriptor | null, bytes: bigint) {
    this.name = descriptor?.name ?? "anonymous memory";
    this.bytes = bytes;
    const flags = descriptor ? MAP_SHARED : MAP_PRIVATE_ANONYMOUS;
    this.#address = unwrap(
      library().mmap(bytes, PROT_READ_WRITE, flags, descriptor?.number ?? -1, 0n),
      { call: "mmap", subject: this.name },
    );
  }

  /**
   * Where it is mapped.
   *
   * @throws {TypeError} once closed: something else may be there by then
   */
  get address(): bigint {
    if (this.#address === 0n) throw new TypeError(`the mapping of ${this.name} is closed`);
    return this.#address;
  }

  /**
   * Gives the kernel an advice about the whole mapping; see madvise(2).
   *
   * @throws {SystemError}
   */
  advise(advice: Advice): void {
    const result = library().madvise(this.address, this.bytes, ADVICE[advice]);
    unwrap(result, { call: "madvise", subject: `${this.name} (${advice})` });
  }

  /** Unmaps it. Closing twice is harmless. */
  close(): void {
    if (this.#address === 0n) return;
    const address = this.#address;
    this.#address = 0n;
    unwrap(library().munmap(address, this.bytes), { call: "munmap", subject: this.name });
  }

  /** Unmaps it. */
  [Symbol.dispose](): void {
    this.close();
  }
}
