import {
  type DirectAlignment,
  directAlignment,
  kernelRelease,
  listHeaps,
  openFile,
  pageBytes,
} from "../ffi/mod.ts";
import type { BufferKind } from "./buffer.ts";
import { buffers } from "./buffers/mod.ts";
import { type HugePages, hugePages, readSetting } from "./huge_pages.ts";
import {
  type Support,
  tryBuffer,
  tryCopyFileRange,
  tryRing,
  tryTransparentHugePages,
} from "./support.ts";

const UDMABUF_PARAMETERS = "/sys/module/udmabuf/parameters";

/** The limits of /dev/udmabuf; null where the kernel doesn't say. */
export interface UdmabufLimits {
  /** The most that one udmabuf may have, in MiB. */
  sizeMiB: number | null;
  /** The most memfds that one udmabuf may consist of. */
  listEntries: number | null;
}

/** What this kernel offers. */
export interface Capabilities {
  /** `uname -r` */
  kernel: string;
  /** The size of a page of memory. */
  pageBytes: number;
  /** Which buffers can be made, by making one of each kind. */
  buffers: Record<BufferKind, Support>;
  /** Into which buffers copy_file_range copies a file, by copying one. */
  copyFileRange: Record<BufferKind, Support>;
  /** Whether copy_file_range reaches the dma-bufs: the kernel carries the series. */
  series: boolean;
  /** How large a udmabuf may be. */
  udmabufLimits: UdmabufLimits;
  /** The names of the heaps under /dev/dma_heap. */
  heaps: string[];
  /** Who gets huge pages, and how many there are. */
  hugePages: HugePages;
  /** Whether memfds can have transparent huge pages, be it by collapsing small ones. */
  transparentHugePages: Support;
  /** Whether this process may read by io_uring. */
  ioUring: Support;
  /** What direct I/O on the given path must be aligned to; null where none was given. */
  direct: { path: string; alignment: DirectAlignment | "unknown" | null } | null;
}

/** Options of {@linkcode probe}. */
export interface ProbeOptions {
  /** A file whose alignment for direct I/O to tell; filesystems don't say for directories. */
  path?: string;
}

/**
 * Finds out what this kernel offers, by trying.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { probe } from "dmacopy";
 *
 * const { buffers, heaps, udmabufLimits } = probe();
 * assert(buffers.memfd.supported);
 * console.log(`heaps: ${heaps.join(", ")}; udmabufs up to ${udmabufLimits.sizeMiB} MiB`);
 * ```
 *
 * @throws {SystemError} if the path can't be opened
 */
export function probe(options: ProbeOptions = {}): Capabilities {
  const copyFileRange = eachKind(tryCopyFileRange);
  return {
    kernel: kernelRelease(),
    pageBytes: Number(pageBytes()),
    buffers: eachKind(tryBuffer),
    copyFileRange,
    series: copyFileRange.dmabuf.supported || copyFileRange.udmabuf.supported,
    udmabufLimits: udmabufLimits(),
    heaps: listHeaps(),
    hugePages: hugePages(),
    transparentHugePages: tryTransparentHugePages(),
    ioUring: tryRing(),
    direct: options.path === undefined ? null : direct(options.path),
  };
}

/** The limits of /dev/udmabuf, which are parameters of its module. */
export function udmabufLimits(): UdmabufLimits {
  const read = (name: string) => {
    const text = readSetting(`${UDMABUF_PARAMETERS}/${name}`);
    return text === null ? null : Number(text);
  };
  return { sizeMiB: read("size_limit_mb"), listEntries: read("list_limit") };
}

function eachKind<T>(value: (kind: BufferKind) => T): Record<BufferKind, T> {
  const kinds = Object.keys(buffers) as BufferKind[];
  return Object.fromEntries(kinds.map((kind) => [kind, value(kind)])) as Record<BufferKind, T>;
}

function direct(path: string): Capabilities["direct"] {
  using file = openFile(path);
  return { path, alignment: directAlignment(file) };
}
