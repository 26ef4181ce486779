import {
  copyFileRange as copyFileRangeCall,
  createMemfd,
  type Descriptor,
  type DirectAlignment,
  directAlignment,
  Hash,
  kernelRelease,
  listHeaps,
  Mapping,
  openFile,
  openHeap,
  openUdmabufDevice,
  pageBytes,
  readKernelText,
  resize,
  Ring,
  SystemError,
} from "../ffi/mod.ts";
import type { BufferKind, SharedBuffer } from "./buffer.ts";
import { createBuffer, SYSTEM_HEAP } from "./buffers/mod.ts";
import { checksum } from "./checksum.ts";
import { givesTransparentHugePages, type HugePages, hugePages, readSetting } from "./huge_pages.ts";
import { lazily } from "./_lazily.ts";
import { type MemoryLimits, memoryLimits } from "./memory.ts";
import { copyFileRange } from "./methods/copy_file_range.ts";
import { type Obstacle, obstacleOf, obstacles, type Support } from "./obstacles.ts";

const UDMABUF_PARAMETERS = "/sys/module/udmabuf/parameters";
/** A parameter of the series' system heap. */
const DEFER_CLEARING = "/sys/module/system_heap/parameters/defer_clearing";
/** The value of a module parameter without a limit: the largest int. */
const NO_LIMIT = 2 ** 31 - 1;

/** The limits of /dev/udmabuf; null if there is none, or if the kernel does not report it. */
export interface UdmabufLimits {
  /** The largest size of a udmabuf, in MiB. */
  sizeMiB: number | null;
  /** The most memfds in one udmabuf. */
  listEntries: number | null;
}

/**
 * The abilities of this kernel. Each fact is tried when it is first read, and keeps its value
 * afterwards.
 */
export interface Facts {
  /** `uname -r` */
  readonly kernel: string;
  /** The size of a page of memory. */
  readonly pageBytes: number;
  /** The memory that is still available. */
  readonly memory: MemoryLimits;
  /** Which buffers can be made, by making a memfd and opening the devices that make the others. */
  readonly buffers: Readonly<Record<BufferKind, Support>>;
  /** The kinds of buffers into which copy_file_range copies a file, tried with a file. */
  readonly copyFileRange: Readonly<Record<BufferKind, Support>>;
  /** Whether copy_file_range reaches dma-bufs, so that the kernel carries the series. */
  readonly series: boolean;
  /** The limits of a udmabuf. */
  readonly udmabufLimits: UdmabufLimits;
  /** The names of the heaps under /dev/dma_heap. */
  readonly heaps: readonly string[];
  /** Whether the system heap clears memory only when it is first used, and not memory that a file overwrites. */
  readonly defersClearing: boolean;
  /** The policies and numbers of huge pages. */
  readonly hugePages: HugePages;
  /** Whether memfds can have transparent huge pages, directly or by collapsing small ones. */
  readonly transparentHugePages: Support;
  /** Whether this process may read with io_uring. */
  readonly ioUring: Support;
  /** The alignment of direct I/O on the given path; null without a path. */
  readonly direct: { path: string; alignment: DirectAlignment | "unknown" | null } | null;
}

/** Options of {@linkcode probe}. */
export interface ProbeOptions {
  /** A file whose alignment for direct I/O to report; filesystems report none for directories. */
  path?: string | undefined;
  /** The heap that dmabufs come from. @default "system" */
  heap?: string | undefined;
}

/**
 * Finds out the abilities of this kernel by trying them.
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
export function probe({ path, heap }: ProbeOptions = {}): Facts {
  const direct = path === undefined ? null : directFacts(path);
  const texts = lazily({ meminfo: () => readKernelText("/proc/meminfo") });
  const facts: Facts = lazily<Facts>({
    kernel: kernelRelease,
    pageBytes: () => Number(pageBytes()),
    memory: () => memoryLimits(texts.meminfo),
    buffers: () => eachKind((kind) => tryBuffer(kind, heap)),
    copyFileRange: () => eachKind((kind) => tryCopyFileRange(kind, heap)),
    series: () => facts.copyFileRange.dmabuf.supported || facts.copyFileRange.udmabuf.supported,
    udmabufLimits,
    heaps: listHeaps,
    defersClearing: () => readSetting(DEFER_CLEARING) === "Y",
    hugePages: () => hugePages(() => texts.meminfo),
    transparentHugePages: () => tryTransparentHugePages(facts.hugePages),
    ioUring: tryRing,
    direct: () => direct,
  });
  return facts;
}

function eachKind<T>(value: (kind: BufferKind) => T): Record<BufferKind, T> {
  return lazily({
    memfd: () => value("memfd"),
    udmabuf: () => value("udmabuf"),
    dmabuf: () => value("dmabuf"),
  });
}

/** The limits of /dev/udmabuf, which are parameters of its module. */
function udmabufLimits(): UdmabufLimits {
  const read = (name: string) => {
    const limit = Number(readSetting(`${UDMABUF_PARAMETERS}/${name}`) ?? NO_LIMIT);
    return limit === NO_LIMIT ? null : limit;
  };
  return lazily({
    sizeMiB: () => read("size_limit_mb"),
    listEntries: () => read("list_limit"),
  });
}

function directFacts(path: string): Facts["direct"] {
  using file = openFile(path);
  return { path, alignment: directAlignment(file) };
}

/** Opens the device only, as making a udmabuf takes milliseconds: a user that may open it can make one. */
function tryBuffer(kind: BufferKind, heap = SYSTEM_HEAP): Support {
  return attempt(() => {
    openMaker(kind, heap).close();
    return null;
  });
}

function openMaker(kind: BufferKind, heap: string): Descriptor {
  switch (kind) {
    case "memfd":
      return createMemfd("dmacopy-probe");
    case "udmabuf":
      return openUdmabufDevice();
    case "dmabuf":
      return openHeap(heap);
  }
}

/**
 * Whether this kernel copies a filesystem's file into a buffer of this kind with copy_file_range(2).
 * The file is this program's own: temporary files may be on a tmpfs, from which memfds copy as from
 * another memfd.
 */
function tryCopyFileRange(kind: BufferKind, heap = SYSTEM_HEAP): Support {
  const hasDeferral = kind === "dmabuf" && heap === SYSTEM_HEAP &&
    readSetting(DEFER_CLEARING) !== null;
  return attempt(() => {
    using file = openFile(Deno.execPath());
    using buffer = createBuffer(kind, pageBytes(), {
      heap,
      via: kind === "udmabuf" ? "dmabuf" : undefined,
    });
    return (hasDeferral ? copyBeyond : copyPage)(file, buffer);
  });
}

/** Copies a page, and compares the checksums. */
function copyPage(file: Descriptor, buffer: SharedBuffer): Obstacle | null {
  using method = copyFileRange();
  const bytes = pageBytes();
  method.load(file, buffer, { fileOffset: 0n, bufferOffset: 0n, bytes });
  const [expected, actual] = [new Hash(), new Hash()];
  expected.file(file, { bytes }).sync();
  checksum(buffer, actual, bytes);
  return expected.digest() === actual.digest() ? null : obstacles.wrongData(buffer.kind);
}

/**
 * Copies to where the buffer ends, which reads nothing: the series refuses just this place, and a
 * kernel without it refuses every place. Enough for a heap with another sign of the series.
 */
function copyBeyond(file: Descriptor, buffer: SharedBuffer): Obstacle | null {
  const { io, bytes } = buffer;
  const beyond = { from: file, to: io, fromOffset: 0n, toOffset: bytes, bytes: 1n };
  return copyFileRangeCall(beyond).failure() === "EFBIG" ? null : copyPage(file, buffer);
}

/** Whether memfds can have transparent huge pages: the system gives them, or one can be made. */
function tryTransparentHugePages(found: HugePages): Support {
  if (found.transparentBytes === 0) {
    return { supported: false, ...obstacles.noTransparentHugePages() };
  }
  if (givesTransparentHugePages(found)) return { supported: true };
  const huge = BigInt(found.transparentBytes);
  const support = attempt(() => {
    using memfd = createMemfd("dmacopy-probe");
    resize(memfd, huge);
    using mapping = new Mapping(memfd, huge, { alignBytes: huge });
    mapping.collapse({ offset: 0n, bytes: huge }, huge).sync();
    return null;
  });
  if (support.supported) return support;
  return { supported: false, ...obstacles.transparentHugePagesRefused(support.why) };
}

/** Whether this process may read with io_uring, tried by setting one up. */
function tryRing(): Support {
  return attempt(() => {
    new Ring(1).close();
    return null;
  });
}

/** Errors that say nothing about the kernel's abilities: too many files are open. */
const PASSING: readonly string[] = ["EMFILE", "ENFILE"];

/** Runs `action`, which returns an obstacle or null. */
function attempt(action: () => Obstacle | null): Support {
  try {
    const obstacle = action();
    return obstacle === null ? { supported: true } : { supported: false, ...obstacle };
  } catch (error) {
    if (!(error instanceof SystemError) || PASSING.includes(error.code)) throw error;
    return { supported: false, ...obstacleOf(error) };
  }
}
