import {
  allocateFromHeapAsync,
  createUdmabuf,
  createUdmabufAsync,
  Mapping,
  pageBytes,
  SystemError,
} from "../../ffi/mod.ts";
import { roundUp } from "../../base/round_up.ts";
import type { BufferKind, PageKind, SharedBuffer, Via } from "../buffer.ts";
import { givesTransparentHugePages, type HugePages, withLastHugePage } from "../huge_pages.ts";
import { Buffer } from "./_buffer.ts";
import { openMemfd, sealSize, wholePages } from "./_memfd.ts";
import { explainRefusal } from "./_fragmentation.ts";
import { createBuffer, SYSTEM_HEAP } from "./mod.ts";

/** A buffer whose pages are made part by part, while finished parts are filled. */
export interface GrowingBuffer {
  /** The buffer without all its pages and, until {@linkcode complete}, without its `share`. The caller closes it. */
  readonly buffer: SharedBuffer;
  /** Makes the missing pages up to `end`, in bytes. */
  prepare(end: bigint): Promise<void>;
  /** Makes the rest of the pages, then the dma-buf to share. Call it once. */
  complete(): Promise<void>;
  /** The reason why pages are not of the wanted kind, or null. */
  readonly note: string | null;
}

/** Options of {@linkcode growBuffer}. */
export interface GrowOptions {
  via: Via;
  pages: PageKind;
  /** The heap of a dmabuf. */
  heap: string | undefined;
  /** The huge pages that the system has. */
  hugePages: HugePages;
}

/** The most bytes to make on the calling thread: starting another thread takes as long. */
const QUICK_BYTES = 256n << 10n;
/** The same, to make a udmabuf of huge pages: 6 MiB take as long as starting a thread. */
const QUICK_HUGE_BYTES = 8n << 20n;

const LATER = { prepare: async () => {}, complete: async () => {}, note: null };

/** Wraps an existing buffer as a growing one. */
export function grownBuffer(buffer: SharedBuffer): GrowingBuffer {
  return { buffer, ...LATER };
}

/**
 * Starts a buffer of `bytes`, rounded up to whole pages. A heap allocates all at once.
 *
 * @throws {SystemError} if the kernel can't; nothing stays open then
 */
export async function growBuffer(
  kind: BufferKind,
  bytes: bigint,
  options: GrowOptions,
): Promise<GrowingBuffer> {
  if (kind === "dmabuf") return grownBuffer(await allocate(bytes, options));
  if (options.via === "memfd") return growMemfd(kind, bytes, options);
  return kind === "udmabuf" && options.pages !== "4k"
    ? await makeHugeUdmabuf(bytes, options)
    : grownBuffer(createBuffer(kind, bytes, options));
}

/** A udmabuf that is filled through its dma-buf, which can only be made of pages that are all there. */
async function makeHugeUdmabuf(bytes: bigint, options: GrowOptions): Promise<GrowingBuffer> {
  const growing = growMemfd("udmabuf", bytes, options);
  using making = new DisposableStack();
  making.use(growing.buffer);
  await growing.complete();
  making.move();
  return { ...grownBuffer(growing.buffer), note: growing.note };
}

async function allocate(bytes: bigint, { heap = SYSTEM_HEAP }: GrowOptions): Promise<SharedBuffer> {
  const size = wholePages(bytes);
  const dmaBuf = await allocateFromHeapAsync(heap, size);
  return new Buffer({ kind: "dmabuf", via: "dmabuf", bytes: size, dmaBuf });
}

function growMemfd(
  kind: "memfd" | "udmabuf",
  bytes: bigint,
  { via, pages, hugePages }: GrowOptions,
): GrowingBuffer {
  const size = wholePages(bytes, pages);
  // A shared memfd is as long as the data; reads of whole blocks would exceed it.
  const sealed = kind === "udmabuf" || pages === "hugetlb";
  const unit = pageUnit(pages, hugePages);
  // Other processes don't see a udmabuf's memfd.
  const memoryBytes = kind === "udmabuf" ? withLastHugePage(size, unit) : size;
  using opening = new DisposableStack();
  const memfd = opening.use(openMemfd(memoryBytes, { pages, sealed }));
  const alignBytes = unit > pageBytes() ? unit : undefined;
  const map = via === "memfd" ? { bytes: memoryBytes, alignBytes } : undefined;
  const buffer = opening.use(new Buffer({ kind, via, bytes: size, memfd, map }));
  // The buffer's own mapping is then the dma-buf's, which comes later.
  const passing = via === "memfd"
    ? null
    : opening.use(new Mapping(memfd, memoryBytes, { alignBytes }));
  const supply = pages !== "thp"
    ? "as they are"
    : givesTransparentHugePages(hugePages)
    ? "advised"
    : "collapsed";
  const made = new Pages(passing ?? buffer.mapping, { unit, supply });
  opening.move();
  return {
    buffer,
    prepare: (end) => made.make(end),
    async complete() {
      using _until = passing;
      await made.make(memoryBytes);
      if (!sealed) sealSize(memfd, bytes);
      const quickBytes = pages === "4k" ? QUICK_BYTES : QUICK_HUGE_BYTES;
      if (kind === "udmabuf") {
        buffer.attach(
          size <= quickBytes ? createUdmabuf(memfd, size) : await createUdmabufAsync(memfd, size),
        );
      }
    },
    get note() {
      return made.note;
    },
  };
}

/** The size of the pages asked for. */
function pageUnit(pages: PageKind, { bytes, transparentBytes }: HugePages): bigint {
  const huge = pages === "hugetlb" ? bytes : pages === "thp" ? transparentBytes : 0;
  return huge > 0 ? BigInt(huge) : pageBytes();
}

/** How huge pages are made: the kernel gives them on advice, or collapses small ones. */
type Supply = "as they are" | "advised" | "collapsed";

/** Makes a mapping's pages, from its start on. */
class Pages {
  readonly #mapping: Mapping;
  readonly #unit: bigint;
  /** Whether to collapse small pages to huge ones. */
  #collapses: boolean;
  /** The reason why a part has small pages, or null. */
  #refused: string | null = null;
  #claimed = 0n;

  constructor(mapping: Mapping, { unit, supply }: { unit: bigint; supply: Supply }) {
    this.#mapping = mapping;
    this.#unit = unit;
    this.#collapses = supply === "collapsed";
    if (supply === "advised") mapping.advise("huge-pages");
  }

  /** The reason why pages are not of the wanted kind, or null. */
  get note(): string | null {
    return this.#refused && `small pages in part: ${this.#refused}`;
  }

  /** Makes the pages up to `end` that no other call is making. */
  async make(end: bigint): Promise<void> {
    const offset = this.#claimed;
    const unit = this.#unit;
    const size = this.#mapping.bytes;
    const rounded = roundUp(end, unit);
    const until = rounded < size ? rounded : size;
    if (until <= offset) return;
    this.#claimed = until;
    const whole = (until - offset) / unit * unit;
    const isHuge = whole > 0n && await this.#collapse({ offset, bytes: whole });
    const done = isHuge ? whole : 0n;
    if (offset + done === until) return;
    const rest = { offset: offset + done, bytes: until - offset - done };
    const populate = this.#mapping.populate(rest);
    if (rest.bytes <= QUICK_BYTES) populate.sync();
    else await populate.async();
  }

  /** Small pages also work, but slowly. */
  async #collapse(part: { offset: bigint; bytes: bigint }): Promise<boolean> {
    if (!this.#collapses) return false;
    try {
      await this.#mapping.collapse(part, this.#unit).async();
      return true;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const sizes = { hugeBytes: this.#unit, pageBytes: pageBytes() };
      const { why, passing } = explainRefusal(error, sizes);
      this.#refused ??= why;
      this.#collapses = passing;
      return false;
    }
  }
}
