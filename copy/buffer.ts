import type { CpuAccess, Descriptor, Mapping } from "../ffi/mod.ts";

/**
 * What backs a buffer and which descriptor serves its I/O, as in the letter's table:
 *
 * - `memfd`: a memfd; I/O through it.
 * - `udmabuf+memfd`: a udmabuf over a memfd; mapped, read, sent and spliced through the *memfd*.
 * - `udmabuf`: the same pair; mapped and copied through the *dma-buf*.
 * - `dmabuf`: a dma-buf of the system heap.
 */
export type BufferKind = "memfd" | "udmabuf+memfd" | "udmabuf" | "dmabuf";

/** The pages behind a memfd: 4 KiB, transparent huge pages, or hugetlbfs. */
export type PageKind = "4k" | "thp" | "hugetlb";

/** Options of {@linkcode CreateBuffer}. */
export interface BufferOptions {
  /**
   * The pages behind memfd-based kinds.
   *
   * @default "4k"
   */
  pages?: PageKind;
  /**
   * The heap under /dev/dma_heap that a dmabuf comes from.
   *
   * @default "system"
   */
  heap?: string;
  /**
   * Fault every page in at creation (`MADV_POPULATE_WRITE`).
   *
   * @default false
   */
  populate?: boolean;
}

/** Device-shareable memory, open and mapped. Closing it unmaps it and closes its descriptors. */
export interface SharedBuffer extends Disposable {
  /** "anonymous" is memory that can't be shared, to measure what the disk alone gives. */
  readonly kind: BufferKind | "anonymous";
  /** Capacity, a multiple of the page size. */
  readonly bytes: bigint;
  /** The descriptor that mmap, sendfile, splice and copy_file_range use. */
  readonly io: Descriptor;
  /** The descriptor to hand to another process: the dma-buf where there is one, else the memfd. */
  readonly share: Descriptor;
  /** The whole buffer, `MAP_SHARED`, readable and writable: of {@linkcode io}. */
  readonly mapping: Mapping;
  /** The memfd behind the buffer, or null where there is none. */
  readonly memfd: Descriptor | null;
  /** To call before the CPU touches {@linkcode mapping}; costs nothing where `io` is a memfd. */
  beginCpuAccess(access: CpuAccess): void;
  /** To call after the CPU touched {@linkcode mapping}. */
  endCpuAccess(access: CpuAccess): void;
  /** Unmaps the buffer and closes its descriptors. Closing twice is harmless. */
  close(): void;
}

/** Creates a buffer of `bytes`, rounded up to whole pages: allocates and maps it. */
export type CreateBuffer = (bytes: bigint, options?: BufferOptions) => SharedBuffer;
