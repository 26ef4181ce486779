import {
  allocateFromHeapAsync,
  clockMs,
  createUdmabufAsync,
  Mapping,
  pageBytes,
  SystemError,
} from "../../ffi/mod.ts";
import type { BufferKind, BufferOptions, PageKind, SharedBuffer } from "../buffer.ts";
import {
  givesTransparentHugePages,
  hugePageBytes,
  transparentHugePageBytes,
} from "../huge_pages.ts";
import { PagePace } from "./_page_pace.ts";
import { openMemfd, sealSize, sizedMemfd, wholePages } from "./_memfd.ts";
import { SYSTEM_HEAP, wrapDmaBuf } from "./dmabuf.ts";
import { createUdmabufBuffer } from "./udmabuf.ts";

/** A buffer whose pages are made part by part, while parts that have theirs are filled. */
export interface GrowingBuffer {
  /** Complete but for its pages and, until {@linkcode complete}, its `share`. The caller's to close. */
  readonly buffer: SharedBuffer;
  /** Makes the pages up to `end`, in bytes, that are not there yet. */
  prepare(end: bigint): Promise<void>;
  /** Makes the rest of the pages, then what is shared: the dma-buf. Call it once. */
  complete(): Promise<void>;
  /** Why pages are not of the kind asked for, or null. */
  readonly note: string | null;
}

/**
 * Begins a buffer of `bytes`, rounded up to whole pages. A heap allocates all at once.
 *
 * @throws {SystemError} where the kernel can't; nothing stays open then
 */
export async function growBuffer(
  kind: BufferKind,
  bytes: bigint,
  options: BufferOptions = {},
): Promise<GrowingBuffer> {
  if (kind === "memfd" || kind === "udmabuf+memfd") return growMemfd(kind, bytes, options);
  const buffer = kind === "dmabuf"
    ? await allocate(bytes, options)
    : createUdmabufBuffer(bytes, options);
  return { buffer, prepare: async () => {}, complete: async () => {}, note: null };
}

async function allocate(bytes: bigint, options: BufferOptions): Promise<SharedBuffer> {
  const size = wholePages(bytes);
  const dmaBuf = await allocateFromHeapAsync(options.heap ?? SYSTEM_HEAP, size);
  return wrapDmaBuf("dmabuf", dmaBuf, size);
}

function growMemfd(
  kind: "memfd" | "udmabuf+memfd",
  bytes: bigint,
  options: BufferOptions,
): GrowingBuffer {
  const size = wholePages(bytes, options);
  using opening = new DisposableStack();
  // A memfd that others get is as long as the data, which reads of whole blocks exceed.
  const exact = kind === "memfd" && options.pages !== "hugetlb";
  const memfd = opening.use(exact ? openMemfd(size, options) : sizedMemfd(size, options));
  const hugeBytes = hugeUnit(options);
  const mapping = opening.use(new Mapping(memfd, size, hugeBytes ? { alignBytes: hugeBytes } : {}));
  const pages = new Pages(mapping, { pages: options.pages, hugeBytes });
  const stack = opening.move();
  let share = kind === "memfd" ? memfd : null;
  return {
    buffer: {
      kind,
      bytes: size,
      io: memfd,
      get share() {
        if (!share) throw new TypeError("the udmabuf is not made yet");
        return share;
      },
      memfd,
      mapping,
      beginCpuAccess: () => {},
      endCpuAccess: () => {},
      close: () => stack.dispose(),
      [Symbol.dispose]: () => stack.dispose(),
    },
    prepare: (end) => pages.make(end),
    async complete() {
      await pages.make(size);
      if (exact) sealSize(memfd, bytes);
      if (kind === "memfd") return;
      share = stack.use(await createUdmabufAsync(memfd, size));
    },
    get note() {
      return pages.note;
    },
  };
}

function hugeUnit({ pages }: BufferOptions): bigint | null {
  if (pages === "hugetlb") return hugePageBytes();
  return pages === "thp" ? transparentHugePageBytes() : null;
}

/** Makes a mapping's pages, from its beginning on. */
class Pages {
  readonly #mapping: Mapping;
  readonly #unit: bigint;
  /** Null where the pages come as they are. */
  readonly #pace: PagePace | null;
  #claimed = 0n;

  constructor(
    mapping: Mapping,
    { pages, hugeBytes }: { pages: PageKind | undefined; hugeBytes: bigint | null },
  ) {
    this.#mapping = mapping;
    this.#unit = hugeBytes ?? pageBytes();
    const transparent = pages === "thp" && hugeBytes !== null;
    const given = transparent && givesTransparentHugePages();
    this.#pace = transparent && !given ? new PagePace() : null;
    if (given) mapping.advise("huge-pages");
  }

  /** Why pages are not of the kind asked for, or null. */
  get note(): string | null {
    const reason = this.#pace?.reason;
    return reason ? `4 KiB pages in part: ${reason}` : null;
  }

  /** Makes the pages up to `end` that no other call makes. */
  async make(end: bigint): Promise<void> {
    const offset = this.#claimed;
    const unit = this.#unit;
    const size = this.#mapping.bytes;
    const rounded = (end + unit - 1n) / unit * unit;
    const until = rounded < size ? rounded : size;
    if (until <= offset) return;
    this.#claimed = until;
    const whole = (until - offset) / unit * unit;
    const isHuge = whole > 0n && await this.#collapse({ offset, bytes: whole });
    const done = isHuge ? whole : 0n;
    if (offset + done === until) return;
    const startMs = clockMs();
    const bytes = until - offset - done;
    await this.#mapping.populate({ offset: offset + done, bytes }).async();
    if (!isHuge) this.#pace?.add({ huge: false, bytes, ms: clockMs() - startMs });
  }

  /** Small pages do as well, slowly: a kernel that refuses once is not asked again. */
  async #collapse(part: { offset: bigint; bytes: bigint }): Promise<boolean> {
    if (!this.#pace?.huge) return false;
    const startMs = clockMs();
    try {
      await this.#mapping.collapse(part, this.#unit).async();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#pace.refuse(error.message);
      return false;
    }
    this.#pace.add({ huge: true, bytes: part.bytes, ms: clockMs() - startMs });
    return true;
  }
}
