import {
  beginCpuAccess,
  type CpuAccess,
  type Descriptor,
  endCpuAccess,
  Mapping,
  type MappingOptions,
} from "../../ffi/mod.ts";
import type { BufferKind, SharedBuffer, Via } from "../buffer.ts";

const NOTHING: Disposable = { [Symbol.dispose]() {} };

/** The parts of a {@linkcode Buffer}. */
export interface Parts {
  kind: BufferKind;
  via: Via;
  /** A multiple of the page size. */
  bytes: bigint;
  memfd?: Descriptor | undefined;
  /** The dma-buf; a udmabuf may get it later, by {@linkcode Buffer.attach}. */
  dmaBuf?: Descriptor | undefined;
  /** The options of its mapping, which may be longer than the buffer, as its memfd may be. */
  map?: MappingOptions & { bytes?: bigint } | undefined;
}

/**
 * The one implementation of {@linkcode SharedBuffer}. It owns its descriptors, and maps itself when
 * its mapping is first asked for: a heap maps all pages at once, which takes longer than to make
 * them, and copy_file_range needs no mapping.
 */
export class Buffer implements SharedBuffer {
  readonly kind: BufferKind;
  readonly via: Via;
  readonly bytes: bigint;
  readonly memfd: Descriptor | null;
  readonly #map: MappingOptions & { bytes?: bigint };
  readonly #stack = new DisposableStack();
  #dmaBuf: Descriptor | null;
  #mapping: Mapping | null = null;

  constructor({ kind, via, bytes, memfd, dmaBuf, map = {} }: Parts) {
    this.kind = kind;
    this.via = via;
    this.bytes = bytes;
    this.memfd = this.#stack.use(memfd ?? null);
    this.#dmaBuf = this.#stack.use(dmaBuf ?? null);
    this.#map = map;
  }

  get io(): Descriptor {
    const io = this.via === "memfd" ? this.memfd : this.#dmaBuf;
    if (!io) throw new TypeError(`this ${this.kind} has no ${this.via} yet`);
    return io;
  }

  get share(): Descriptor {
    const share = this.kind === "memfd" ? this.memfd : this.#dmaBuf;
    if (!share) throw new TypeError(`this ${this.kind} is not complete yet`);
    return share;
  }

  get mapping(): Mapping {
    const { bytes = this.bytes, ...options } = this.#map;
    return this.#mapping ??= this.#stack.use(new Mapping(this.io, bytes, options));
  }

  /** Completes a udmabuf with the dma-buf of its memfd. */
  attach(dmaBuf: Descriptor): void {
    this.#dmaBuf = this.#stack.use(dmaBuf);
  }

  cpuAccess(access: CpuAccess): Disposable {
    const dmaBuf = this.#dmaBuf;
    if (!dmaBuf) return NOTHING;
    beginCpuAccess(dmaBuf, access);
    return { [Symbol.dispose]: () => endCpuAccess(dmaBuf, access) };
  }

  close(): void {
    this.#stack.dispose();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
