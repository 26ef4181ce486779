import type { BufferOptions, IoMemory } from "../copy/mod.ts";
import { roundUp } from "../base/round_up.ts";
import { Mapping, pageBytes } from "../ffi/mod.ts";

/** Private memory of this process. It can't be shared: it shows the rate of the disk alone. */
export function createAnonymousMemory(
  bytes: bigint,
  { pages, populate, addressHint }: Pick<BufferOptions, "pages" | "populate" | "addressHint">,
): IoMemory & Disposable {
  if (pages === "hugetlb") {
    throw new TypeError('anonymous memory has "4k" or "thp" pages: "hugetlb" is for memfds');
  }
  using opening = new DisposableStack();
  const mapping = opening.use(new Mapping(null, roundUp(bytes, pageBytes()), { addressHint }));
  if (pages === "thp") mapping.advise("huge-pages");
  if (populate) mapping.advise("populate-write");
  const stack = opening.move();
  return {
    bytes: mapping.bytes,
    get io(): never {
      throw new TypeError("anonymous memory has no descriptor: use R/W");
    },
    memfd: null,
    mapping,
    cpuAccess: () => ({ [Symbol.dispose]() {} }),
    [Symbol.dispose]: () => stack.dispose(),
  };
}
