import {
  addSeals,
  createMemfd,
  type Descriptor,
  type Mapping,
  pageBytes,
  resize,
} from "../../ffi/mod.ts";
import { roundUp } from "../../base/round_up.ts";
import type { BufferOptions, PageKind } from "../buffer.ts";
import { hugetlbPageBytes } from "../huge_pages.ts";

/** `bytes` rounded up to whole pages, at least one. */
export function wholePages(bytes: bigint, pages?: PageKind): bigint {
  if (bytes < 0n) throw new RangeError(`a buffer can't have ${bytes} bytes`);
  const page = pages === "hugetlb" ? hugetlbPageBytes() : pageBytes();
  return bytes === 0n ? page : roundUp(bytes, page);
}

/** Makes a memfd of `bytes` with no memory allocated; without `sealed`, its size can still change. */
export function openMemfd(
  bytes: bigint,
  { pages, sealed }: { pages: PageKind | undefined; sealed: boolean },
): Descriptor {
  using opening = new DisposableStack();
  const memfd = opening.use(createMemfd("dmacopy", { hugetlb: pages === "hugetlb" }));
  if (sealed) sealSize(memfd, bytes);
  else resize(memfd, bytes);
  opening.move();
  return memfd;
}

/** Gives a memfd its final size and seals it against shrinking, as udmabuf demands. */
export function sealSize(memfd: Descriptor, bytes: bigint): void {
  resize(memfd, bytes);
  addSeals(memfd, ["shrink"]);
}

/** Asks for huge pages before the first access, then populates, according to the options. */
export function advisePages(mapping: Mapping, { pages, populate }: BufferOptions): void {
  if (pages === "thp") mapping.advise("huge-pages");
  if (populate) mapping.advise("populate-write");
}
