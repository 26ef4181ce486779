import { cstring } from "./_cstring.ts";
import { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { unwrap } from "./system_error.ts";

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_HUGETLB = 4;
const MFD_NOEXEC_SEAL = 8;
const EINVAL = -22;

/** fcntl(2)'s `F_SEAL_*`. */
const SEALS: Record<Seal, number> = { seal: 1, shrink: 2, grow: 4, write: 8, "future-write": 16 };

/** The operations that a sealed memfd refuses. */
export type Seal = "seal" | "shrink" | "grow" | "write" | "future-write";

/** Options of {@linkcode createMemfd}. */
export interface MemfdOptions {
  /**
   * Take pages of hugetlbfs, of its default size.
   *
   * @default false
   */
  hugetlb?: boolean;
}

/**
 * Creates an empty, sealable memfd; see memfd_create(2). From Linux 6.3 on, nobody can execute it
 * (`MFD_NOEXEC_SEAL`).
 */
export function createMemfd(name: string, options: MemfdOptions = {}): Descriptor {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | (options.hugetlb ? MFD_HUGETLB : 0);
  let number = library().memfd_create(cstring(name), flags | MFD_NOEXEC_SEAL);
  if (number === EINVAL) number = library().memfd_create(cstring(name), flags);
  return Descriptor.adopt(unwrap(number, { call: "memfd_create", subject: name }), "memfd");
}

/** Seals a memfd permanently; see fcntl(2), `F_ADD_SEALS`. */
export function addSeals(memfd: Descriptor, seals: Seal[]): void {
  const bits = seals.reduce((all, seal) => all | SEALS[seal], 0);
  const result = library().add_seals(memfd.number, bits);
  unwrap(result, { call: "fcntl", subject: `${memfd.name} (seal ${seals.join(", ")})` });
}

/** The seals of a memfd; see fcntl(2), `F_GET_SEALS`. */
export function getSeals(memfd: Descriptor): Seal[] {
  const bits = unwrap(library().get_seals(memfd.number), { call: "fcntl", subject: memfd.name });
  return (Object.keys(SEALS) as Seal[]).filter((seal) => bits & SEALS[seal]);
}

/** Makes a memfd that holds a text and can't change any more; its position is at the start. */
export function textMemfd(name: string, text: string): Descriptor {
  using opening = new DisposableStack();
  const memfd = opening.use(createMemfd(name));
  const data = new TextEncoder().encode(text);
  for (let done = 0; done < data.length;) {
    const part = data.subarray(done);
    const result = library().pwrite_from(memfd.number, part, BigInt(part.length), BigInt(done));
    done += Number(unwrap(result, { call: "pwrite", subject: name }));
  }
  addSeals(memfd, ["seal", "shrink", "grow", "write"]);
  opening.move();
  return memfd;
}
