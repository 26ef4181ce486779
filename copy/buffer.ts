import type { CpuAccess, Descriptor, Mapping } from "../ffi/mod.ts";

/**
 * The kind of a buffer, by the descriptor that another process or device gets:
 *
 * - `memfd`: a memfd.
 * - `udmabuf`: a dma-buf made of a memfd by /dev/udmabuf.
 * - `dmabuf`: a dma-buf of a heap under /dev/dma_heap.
 */
export type BufferKind = "memfd" | "udmabuf" | "dmabuf";

/** The descriptor of a buffer that serves its I/O: a udmabuf has both. */
export type Via = "memfd" | "dmabuf";

/**
 * The pages behind a memfd: the kernel's small ones, which have 4 KiB except on some arm64
 * kernels (16 or 64 KiB), transparent huge pages, or hugetlbfs.
 */
export type PageKind = "4k" | "thp" | "hugetlb";

/** Memory that a {@linkcode Method} moves bytes into and out of. */
export interface IoMemory {
  /** Capacity, in bytes. */
  readonly bytes: bigint;
  /** The descriptor that sendfile, splice and copy_file_range use. */
  readonly io: Descriptor;
  /** The memfd behind it, or null if there is none. */
  readonly memfd: Descriptor | null;
  /** The mapping of the whole buffer. */
  readonly mapping: Mapping;
  /**
   * Announces that the CPU touches {@linkcode mapping}, until disposed of; see linux/dma-buf.h,
   * `DMA_BUF_IOCTL_SYNC`. It costs nothing if there is no dma-buf.
   */
  cpuAccess(access: CpuAccess): Disposable;
}

/** Device-shareable memory, open and mapped. Closing it unmaps it and closes its descriptors. */
export interface SharedBuffer extends IoMemory, Disposable {
  /** The kind of its shared descriptor. */
  readonly kind: BufferKind;
  /** The kind of {@linkcode io}. */
  readonly via: Via;
  /** Capacity, a multiple of the page size. */
  readonly bytes: bigint;
  /** The descriptor to hand to another process: the dma-buf if there is one, else the memfd. */
  readonly share: Descriptor;
  /** The `MAP_SHARED` mapping of {@linkcode io}. It may be longer than the buffer. */
  readonly mapping: Mapping;
  /** Unmaps the buffer and closes its descriptors. Closing twice is harmless. */
  close(): void;
}

/** Options of {@linkcode createBuffer}. */
export interface BufferOptions {
  /**
   * The descriptor of a udmabuf that serves its I/O and is mapped.
   *
   * @default "memfd"
   */
  via?: Via | undefined;
  /**
   * The pages behind a memfd.
   *
   * @default "4k"
   */
  pages?: PageKind | undefined;
  /**
   * The heap under /dev/dma_heap that a dmabuf comes from.
   *
   * @default "system"
   */
  heap?: string | undefined;
  /**
   * Fault every page in at creation (`MADV_POPULATE_WRITE`).
   *
   * @default false
   */
  populate?: boolean | undefined;
  /**
   * The address to map it at, if nothing is mapped there; see mmap(2).
   *
   * @default the kernel chooses
   */
  addressHint?: bigint | undefined;
}
