import {
  addSeals,
  createMemfd,
  type Descriptor,
  Mapping,
  pageBytes,
  resize,
} from "../../ffi/mod.ts";
import type { BufferOptions } from "../buffer.ts";
import { hugePageBytes } from "../huge_pages.ts";

/** `bytes` rounded up to whole pages, at least one. */
export function wholePages(bytes: bigint, options: BufferOptions = {}): bigint {
  if (bytes < 0n) throw new RangeError(`a buffer can't have ${bytes} bytes`);
  const page = options.pages === "hugetlb" ? hugePageBytes() : pageBytes();
  return bytes === 0n ? page : (bytes + page - 1n) / page * page;
}

/** A memfd of `bytes`, sealed against shrinking as udmabuf demands, with nothing allocated yet. */
export function sizedMemfd(bytes: bigint, options: BufferOptions): Descriptor {
  const memfd = openMemfd(bytes, options);
  try {
    addSeals(memfd, ["shrink"]);
    return memfd;
  } catch (error) {
    memfd.close();
    throw error;
  }
}

/** A memfd of `bytes` that is not sealed yet, with nothing allocated. */
export function openMemfd(bytes: bigint, options: BufferOptions): Descriptor {
  const memfd = createMemfd("dmacopy", { hugetlb: options.pages === "hugetlb" });
  try {
    resize(memfd, bytes);
    return memfd;
  } catch (error) {
    memfd.close();
    throw error;
  }
}

/** Gives an unsealed memfd its final size, which must not shrink any more. */
export function sealSize(memfd: Descriptor, bytes: bigint): void {
  resize(memfd, bytes);
  addSeals(memfd, ["shrink"]);
}

/** Maps the memfd; asks for huge pages before the first touch, then populates, as the options say. */
export function mapMemfd(memfd: Descriptor, bytes: bigint, options: BufferOptions): Mapping {
  const mapping = new Mapping(memfd, bytes);
  try {
    if (options.pages === "thp") mapping.advise("huge-pages");
    if (options.populate) mapping.advise("populate-write");
    return mapping;
  } catch (error) {
    mapping.close();
    throw error;
  }
}
