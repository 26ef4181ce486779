import { allocateFromHeap, createUdmabuf, type Descriptor, Mapping } from "../../ffi/mod.ts";
import type { BufferKind, BufferOptions, SharedBuffer } from "../buffer.ts";
import { Buffer } from "./_buffer.ts";
import { advisePages, openMemfd, wholePages } from "./_memfd.ts";

/** All kinds of buffers. */
export const bufferKinds: readonly BufferKind[] = ["memfd", "udmabuf", "dmabuf"];

/** The default heap. */
export const SYSTEM_HEAP = "system";

/**
 * Creates a mapped buffer of `bytes`, rounded up to whole pages.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createBuffer, pageBytes } from "dmacopy";
 *
 * using buffer = createBuffer("memfd", 5000n);
 * assertEquals([buffer.kind, buffer.bytes % pageBytes()], ["memfd", 0n]);
 * ```
 *
 * @throws {SystemError} if the kernel can't; nothing stays open then
 * @throws {TypeError} if the options are for another kind
 */
export function createBuffer(
  kind: BufferKind,
  bytes: bigint,
  options: BufferOptions = {},
): SharedBuffer {
  if (typeof bytes !== "bigint") throw new TypeError(`bytes must be a bigint, as ${bytes}n`);
  using opening = new DisposableStack();
  const buffer = opening.use(
    kind === "dmabuf" ? createHeapBuffer(bytes, options) : createMemfdBuffer(kind, bytes, options),
  );
  const { mapping } = buffer;
  if (buffer.via === "memfd") {
    advisePages(mapping, { ...options, populate: populatesLast(kind, options) });
  }
  opening.move();
  return buffer;
}

function createHeapBuffer(
  bytes: bigint,
  { heap = SYSTEM_HEAP, pages, via, addressHint }: BufferOptions,
): Buffer {
  if (pages !== undefined && pages !== "4k") {
    throw new TypeError(`a heap chooses its pages: "${pages}" is for memfds`);
  }
  if (via === "memfd") throw new TypeError("a heap's dma-buf has no memfd");
  const size = wholePages(bytes);
  return new Buffer({
    kind: "dmabuf",
    via: "dmabuf",
    bytes: size,
    dmaBuf: allocateFromHeap(heap, size),
    map: { addressHint },
  });
}

function createMemfdBuffer(
  kind: "memfd" | "udmabuf",
  bytes: bigint,
  options: BufferOptions,
): Buffer {
  const { pages, via = "memfd", addressHint } = options;
  if (kind === "memfd" && via !== "memfd") throw new TypeError("a memfd has no dma-buf");
  const size = wholePages(bytes, pages);
  using opening = new DisposableStack();
  const memfd = opening.use(openMemfd(size, { pages, sealed: true }));
  if (kind === "udmabuf" && populatesFirst(options)) populate(memfd, size, options);
  const dmaBuf = kind === "udmabuf" ? opening.use(createUdmabuf(memfd, size)) : undefined;
  opening.move();
  return new Buffer({ kind, via, bytes: size, memfd, dmaBuf, map: { addressHint } });
}

/**
 * Large pages of a udmabuf must exist first. Creating the udmabuf would allocate small ones in spite of
 * any advice, and hugetlbfs pages without a reservation, whose count then falls below zero on Linux
 * before 6.16.
 */
function populatesFirst({ populate, pages = "4k" }: BufferOptions): boolean {
  return populate === true || pages !== "4k";
}

function populatesLast(kind: BufferKind, { populate = false }: BufferOptions): boolean {
  return kind === "memfd" && populate;
}

function populate(memfd: Descriptor, bytes: bigint, options: BufferOptions): void {
  using mapping = new Mapping(memfd, bytes);
  advisePages(mapping, { ...options, populate: true });
}
