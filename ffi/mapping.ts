import { roundUp } from "../base/round_up.ts";
import type { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { type LongCall, longCall } from "./long_call.ts";
import { unwrap } from "./system_error.ts";

const PROT = { read: 1, "read-write": 1 | 2 };
const PROT_NONE = 0;
const MAP_SHARED = 0x01;
const MAP_FIXED = 0x10;
const MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
const MAP_NORESERVE = 0x4000;

const EINVAL = 22;

/** madvise(2)'s numbers of the advice used here. */
const ADVICE: Record<Advice, number> = { "huge-pages": 14, "populate-write": 23 };

/** An advice about a mapping: `MADV_HUGEPAGE` or `MADV_POPULATE_WRITE`. */
export type Advice = "huge-pages" | "populate-write";

/** Options of {@linkcode Mapping}. */
export interface MappingOptions {
  /** The access of the mapping. @default "read-write" */
  access?: "read" | "read-write";
  /** The alignment of its address in bytes, a power of two. @default the page size */
  alignBytes?: bigint | undefined;
  /** The address to map it at, if nothing is mapped there. @default the kernel chooses */
  addressHint?: bigint | undefined;
}

/** A part of a mapping. */
export interface MappedPart {
  /** Its start, in bytes. */
  offset: bigint;
  /** Its length, in bytes. */
  bytes: bigint;
}

/** A mapping that this object owns: a shared one of a descriptor, or anonymous memory. */
export class Mapping implements Disposable {
  /** The name of the mapped object, for messages. */
  readonly name: string;
  /** Length, in bytes. */
  readonly bytes: bigint;
  #address: bigint;

  /**
   * Maps the first `bytes` of `descriptor`, `MAP_SHARED`; with null, new private memory. See mmap(2).
   *
   * @throws {SystemError}
   */
  constructor(descriptor: Descriptor | null, bytes: bigint, options: MappingOptions = {}) {
    const { access = "read-write", alignBytes = 1n, addressHint = 0n } = options;
    this.name = descriptor?.name ?? "anonymous memory";
    this.bytes = bytes;
    const error = { call: "mmap", subject: this.name };
    const address = alignBytes > 1n ? reserve(bytes, { alignBytes, addressHint }, error) : 0n;
    const flags = (descriptor ? MAP_SHARED : MAP_PRIVATE_ANONYMOUS) | (address ? MAP_FIXED : 0);
    const fd = descriptor?.number ?? -1;
    const result = library().mmap(address || addressHint, bytes, PROT[access], flags, fd, 0n);
    if (result < 0 && address) library().munmap(address, bytes);
    this.#address = unwrap(result, error);
  }

  /**
   * The address of the mapping.
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

  /** {@linkcode advise}, where the kernel knows the advice: without huge pages it has none about them. */
  adviseIfPossible(advice: Advice): void {
    const result = library().madvise(this.address, this.bytes, ADVICE[advice]);
    if (result === -EINVAL) return;
    unwrap(result, { call: "madvise", subject: `${this.name} (${advice})` });
  }

  /** Faults in the pages of a part for writing; see madvise(2), `MADV_POPULATE_WRITE`. */
  populate({ offset, bytes }: MappedPart): LongCall {
    const advice = ADVICE["populate-write"];
    return longCall("madvise", [this.address + offset, bytes, advice], this.name);
  }

  /**
   * Makes huge pages in a part without data, whatever the system's policy is; see
   * madvise(2), `MADV_COLLAPSE`. The mapping and the part must be aligned to `hugeBytes`.
   */
  collapse({ offset, bytes }: MappedPart, hugeBytes: bigint): LongCall {
    return longCall("collapse", [this.address + offset, bytes, hugeBytes], this.name);
  }

  /**
   * Copies the bytes at `offset` into `out`.
   *
   * @throws {RangeError} if the range is not in the mapping
   */
  peek(offset: bigint, out: Uint8Array<ArrayBuffer>): void {
    if (offset < 0n || offset + BigInt(out.length) > this.bytes) {
      throw new RangeError(`${out.length} bytes at ${offset} are not in ${this.bytes} bytes`);
    }
    library().peek(out, this.address + offset, BigInt(out.length));
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

/** Reserves an aligned range of addresses: maps more than needed, and unmaps the rest. */
function reserve(
  bytes: bigint,
  { alignBytes, addressHint }: { alignBytes: bigint; addressHint: bigint },
  error: { call: string; subject: string },
): bigint {
  const page = library().page_bytes();
  const end = roundUp(bytes, page);
  const flags = MAP_PRIVATE_ANONYMOUS | MAP_NORESERVE;
  const mapped = library().mmap(addressHint, end + alignBytes, PROT_NONE, flags, -1, 0n);
  const start = unwrap(mapped, error);
  const address = roundUp(start, alignBytes);
  if (address > start) library().munmap(start, address - start);
  library().munmap(address + end, start + alignBytes - address);
  return address;
}
