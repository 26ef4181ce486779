import type { BufferKind, PageKind } from "./buffer.ts";
import type { Facts } from "./facts.ts";
import type { Way } from "./way.ts";

/** A candidate for the plan. */
export interface Candidate extends Way {
  /** The reason for its place in the order. */
  reason: string;
  /** Only for users who ask for the method; the plan never chooses it by itself. */
  onRequest?: true;
}

const SMALL_PAGES = "small pages are always available, but slow to make, to pin and to free";
const NO_DMA_BUF = "a memfd is not a dma-buf";
const ONE_COPY = "the CPU copies once";
const NO_FASTER = "no faster than read(2) by several threads";
const BOUNCES = "the disk writes into memory of this process, and the CPU copies it from there";
const IN_KERNEL = "the kernel copies into the memfd by itself";
const READS_HUGE = "the disk writes into huge pages while the kernel makes further ones";

const HEAP = { kind: "dmabuf", via: "dmabuf" } as const;
const UDMABUF = { kind: "udmabuf", via: "dmabuf" } as const;
const UDMABUF_MEMFD = { kind: "udmabuf", via: "memfd" } as const;
const MEMFD = { kind: "memfd", via: "memfd" } as const;

/** The way through a heap that does not clear memory that the file overwrites: the first read starts at once. */
const UNCLEARED_HEAP: Candidate = {
  ...HEAP,
  pages: "4k",
  method: "copy_file_range",
  reason: "the disk writes into the heap's dma-buf, which is not cleared first",
};

const HEAP_OF_SMALL_PAGES: Candidate = {
  ...UNCLEARED_HEAP,
  reason: "a heap takes small pages if no larger block of memory is free",
};

/** Every machine has this much memory left: asking for it takes longer than reading the file. */
export const NEGLIGIBLE_BYTES = 1n << 20n;

/** The candidates from the fastest to the slowest, by the time to create and read, as measured in the lab. */
const CANDIDATES: readonly Candidate[] = [
  { ...UDMABUF_MEMFD, pages: "thp", method: "read", reason: READS_HUGE },
  { ...UDMABUF_MEMFD, pages: "hugetlb", method: "read", reason: READS_HUGE },
  {
    ...HEAP,
    pages: "4k",
    method: "copy_file_range",
    reason: "the disk writes into the heap's dma-buf, which is allocated and zeroed before the " +
      "first byte is read",
  },
  { ...HEAP, pages: "4k", method: "bounce", reason: BOUNCES },
  {
    ...HEAP,
    pages: "4k",
    method: "read",
    reason: `the heap's dma-buf is cheap to make and to free, but ${ONE_COPY}`,
  },
  { ...UDMABUF_MEMFD, pages: "4k", method: "read", reason: SMALL_PAGES },
  ...onEachPages({
    ...UDMABUF,
    method: "copy_file_range",
    reason: "all of the udmabuf is made before the first byte is read",
  }),
  ...onEachPages({
    ...UDMABUF,
    method: "read",
    reason: `the udmabuf's mapping can't be pinned, so ${ONE_COPY}`,
  }),
  ...onEachPages({ ...UDMABUF, method: "bounce", reason: BOUNCES }),
  ...onRequest(UDMABUF_MEMFD),
  { ...MEMFD, pages: "thp", method: "read", reason: `${READS_HUGE}; ${NO_DMA_BUF}` },
  { ...MEMFD, pages: "hugetlb", method: "read", reason: `${READS_HUGE}; ${NO_DMA_BUF}` },
  { ...MEMFD, pages: "4k", method: "read", reason: `${SMALL_PAGES}; ${NO_DMA_BUF}` },
  ...onRequest(MEMFD),
];

/** The wishes that determine the order of the candidates. */
export interface Wanted {
  /** Only this kind of buffer. */
  kind?: BufferKind | undefined;
  /** The size of all buffers, in bytes. */
  bytes: bigint;
}

/**
 * The ways that may be taken, from the fastest to the slowest here.
 *
 * A heap asks for large blocks, and takes pages of 4 KiB if none is free. With a page cache full of
 * other files, 1 GiB took 954 to 1070 ms into a heap's dma-buf, and 580 to 732 ms into a udmabuf of huge
 * pages, for which the kernel makes room (bench/README.md, "Whole copies").
 */
export function candidatesOn(
  facts: Pick<Facts, "defersClearing" | "memory">,
  { kind: wanted, bytes }: Wanted,
): Candidate[] {
  const all = CANDIDATES.filter(({ kind }) => wanted === undefined || kind === wanted);
  if (!all.some(({ kind }) => kind === "dmabuf") || !facts.defersClearing) return all;
  const isCleared = ({ kind, method }: Way) => kind === "dmabuf" && method === "copy_file_range";
  if (bytes > NEGLIGIBLE_BYTES && bytes > facts.memory.freeBytes) {
    return all.map((candidate) => isCleared(candidate) ? HEAP_OF_SMALL_PAGES : candidate);
  }
  return [UNCLEARED_HEAP, ...all.filter((candidate) => !isCleared(candidate))];
}

function onEachPages(candidate: Omit<Candidate, "pages">): Candidate[] {
  const pages: readonly PageKind[] = ["thp", "hugetlb", "4k"];
  return pages.map((kind) => ({ ...candidate, pages: kind }));
}

/** The other methods that fill a buffer through its memfd. */
function onRequest(buffer: Pick<Way, "kind" | "via">): Candidate[] {
  const all = { ...buffer, onRequest: true } as const;
  return [
    ...onEachPages({ ...all, method: "io_uring", reason: NO_FASTER }),
    ...onEachPages({ ...all, method: "copy_file_range", reason: IN_KERNEL }),
    ...onEachPages({ ...all, method: "sendfile", reason: ONE_COPY }),
    ...onEachPages({ ...all, method: "splice", reason: ONE_COPY }),
  ];
}
