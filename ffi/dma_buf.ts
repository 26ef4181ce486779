import { cstring } from "./_cstring.ts";
import { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { readKernelText } from "./kernel_text.ts";
import { longCall } from "./long_call.ts";
import { accessFlags, type FileAccess, openFile } from "./open_file.ts";
import { unwrap } from "./system_error.ts";

const HEAPS = "/dev/dma_heap";
const UDMABUF = "/dev/udmabuf";

/** The space for the names of all heaps. */
const NAMES_BYTES = 65536;
const ENOENT = 2;

/** linux/dma-buf.h, `DMA_BUF_SYNC_*`. */
const SYNC_ACCESS: Record<CpuAccess, number> = { read: 1, write: 2, "read-write": 3 };
const SYNC_END = 4;

/** The CPU's access to a dma-buf's mapping. */
export type CpuAccess = "read" | "write" | "read-write";

/** Options of {@linkcode allocateFromHeap}. */
export interface HeapOptions {
  /**
   * The access of the descriptor.
   *
   * @default "read-write"
   */
  access?: FileAccess;
}

/** The exporter of a dma-buf, as the kernel calls it: "udmabuf", or a heap's name. */
export function exporterOf(dmaBuf: Descriptor): string {
  const info = readKernelText(`/proc/self/fdinfo/${dmaBuf.number}`);
  return /^exp_name:\s*(.*)$/m.exec(info)?.[1] ?? "";
}

/** The names of the heaps that this kernel has, in order. */
export function listHeaps(): string[] {
  const out = new Uint8Array(NAMES_BYTES);
  const bytes = library().list(cstring(HEAPS), out, BigInt(out.length));
  if (Number(bytes) === -ENOENT) return [];
  const end = Number(unwrap(bytes, { call: "readdir", subject: HEAPS }));
  return new TextDecoder().decode(out.subarray(0, end)).split("\0").filter(Boolean).sort();
}

/**
 * Opens a heap: a user that may open it can allocate from it.
 *
 * @param heap name under /dev/dma_heap, as "system"
 * @throws {SystemError} `ENOENT` where the kernel has no such heap
 */
export function openHeap(heap: string): Descriptor {
  return openFile(`${HEAPS}/${heap}`);
}

/**
 * Opens /dev/udmabuf: a user that may open it can make dma-bufs of memfds.
 *
 * @throws {SystemError} `ENOENT` where the kernel has no udmabuf
 */
export function openUdmabufDevice(): Descriptor {
  return openFile(UDMABUF, { access: "read-write" });
}

/**
 * Allocates a dma-buf of a heap; see linux/dma-heap.h, `DMA_HEAP_IOCTL_ALLOC`.
 *
 * @param heap name under /dev/dma_heap, as "system"
 * @throws {SystemError} `ENOENT` if the kernel has no such heap
 */
export function allocateFromHeap(
  heap: string,
  bytes: bigint,
  options: HeapOptions = {},
): Descriptor {
  using device = openHeap(heap);
  const flags = accessFlags(options.access ?? "read-write");
  const number = library().dma_heap_alloc(device.number, bytes, flags);
  return Descriptor.adopt(
    unwrap(number, { call: "DMA_HEAP_IOCTL_ALLOC", subject: device.name }),
    "dma-buf",
  );
}

/** {@linkcode allocateFromHeap}, off the main thread. */
export async function allocateFromHeapAsync(heap: string, bytes: bigint): Promise<Descriptor> {
  using device = openHeap(heap);
  const args: [number, bigint, number] = [device.number, bytes, accessFlags("read-write")];
  const number = await longCall("dma_heap_alloc", args, device.name).async();
  return Descriptor.adopt(Number(number), "dma-buf");
}

/**
 * Makes a dma-buf of a memfd's first `bytes`, and pins them; see linux/udmabuf.h, `UDMABUF_CREATE`.
 * The memfd must be sealed against shrinking and not against writing.
 *
 * @throws {SystemError} `ENOENT` if the kernel has no udmabuf, `EINVAL` beyond its size limit
 */
export function createUdmabuf(memfd: Descriptor, bytes: bigint): Descriptor {
  using device = openUdmabufDevice();
  const number = library().udmabuf_create(device.number, memfd.number, 0n, bytes);
  return Descriptor.adopt(
    unwrap(number, { call: "UDMABUF_CREATE", subject: memfd.name }),
    "dma-buf",
  );
}

/** A part of a memfd, in whole pages. */
export interface MemfdPart {
  /** The memfd, sealed as {@linkcode createUdmabuf} demands. */
  memfd: Descriptor;
  /** The start of the part, in bytes. */
  offset: bigint;
  /** Its length, in bytes. */
  bytes: bigint;
}

/**
 * Makes one dma-buf of parts of memfds, one after the other; see linux/udmabuf.h,
 * `UDMABUF_CREATE_LIST`.
 *
 * @throws {SystemError} `EINVAL` beyond udmabuf's limits
 */
export function createUdmabufOf(parts: MemfdPart[]): Descriptor {
  using device = openUdmabufDevice();
  const list = new BigUint64Array(
    parts.flatMap(({ memfd, offset, bytes }) => [BigInt(memfd.number), offset, bytes]),
  );
  const number = library().udmabuf_create_list(device.number, list, parts.length);
  return Descriptor.adopt(
    unwrap(number, { call: "UDMABUF_CREATE_LIST", subject: `${parts.length} parts of memfds` }),
    "dma-buf",
  );
}

/** {@linkcode createUdmabuf}, off the main thread. */
export async function createUdmabufAsync(memfd: Descriptor, bytes: bigint): Promise<Descriptor> {
  using device = openUdmabufDevice();
  const args: [number, number, bigint, bigint] = [device.number, memfd.number, 0n, bytes];
  const number = await longCall("udmabuf_create", args, memfd.name).async();
  return Descriptor.adopt(Number(number), "dma-buf");
}

/** Announces CPU access to a dma-buf's mapping; see linux/dma-buf.h, `DMA_BUF_IOCTL_SYNC`. */
export function beginCpuAccess(dmaBuf: Descriptor, access: CpuAccess): void {
  syncDmaBuf(dmaBuf, SYNC_ACCESS[access]);
}

/** Ends the access that {@linkcode beginCpuAccess} began. */
export function endCpuAccess(dmaBuf: Descriptor, access: CpuAccess): void {
  syncDmaBuf(dmaBuf, SYNC_ACCESS[access] | SYNC_END);
}

function syncDmaBuf(dmaBuf: Descriptor, flags: number): void {
  const result = library().dma_buf_sync(dmaBuf.number, BigInt(flags));
  unwrap(result, { call: "DMA_BUF_IOCTL_SYNC", subject: dmaBuf.name });
}
