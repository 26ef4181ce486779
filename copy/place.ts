import type { PageKind } from "./buffer.ts";

/** A source or destination of bytes. */
export type Place =
  | { kind: "dmabuf"; heap?: string }
  | { kind: "udmabuf" | "memfd"; pages?: PageKind }
  | { kind: "fd"; number: number }
  | { kind: "path"; path: string };

/** A scheme of places: the name before the colon. */
interface Scheme {
  /** The syntax for messages: `udmabuf[:thp|hugetlb|4k]`. */
  usage: string;
  /** The words after the colon that a shell offers. */
  options: readonly string[];
  /** The meaning of the text after the colon, or null if it has none. */
  parse(option: string): Place | null;
}

const PAGES: readonly PageKind[] = ["thp", "hugetlb", "4k"];
const MAX_DESCRIPTOR = 2 ** 31 - 1;

function memfdBased(kind: "udmabuf" | "memfd"): Scheme {
  return {
    usage: `${kind}[:${PAGES.join("|")}]`,
    options: ["", ...PAGES],
    parse(option) {
      const pages = PAGES.find((name) => name === option);
      if (option !== "" && !pages) return null;
      return { kind, ...(pages && { pages }) };
    },
  };
}

/** The grammar, one scheme per line; everything else is a path. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ["dmabuf", {
    usage: "dmabuf[:HEAP]",
    options: [""],
    parse: (heap) => /^[\w,.-]*$/.test(heap) ? { kind: "dmabuf", ...(heap && { heap }) } : null,
  }],
  ["udmabuf", memfdBased("udmabuf")],
  ["memfd", memfdBased("memfd")],
  ["fd", {
    usage: "fd:N",
    options: [],
    parse(option) {
      const number = /^\d+$/.test(option) ? Number(option) : NaN;
      return number <= MAX_DESCRIPTOR ? { kind: "fd", number } : null;
    },
  }],
]);

/** The syntax of places, a line each. */
export const PLACE_USAGE: readonly string[] = [...SCHEMES.values()].map(({ usage }) => usage);

/** Places that a shell can complete, by their schemes: `udmabuf:thp`. */
export const PLACE_WORDS: readonly string[] = [...SCHEMES].flatMap(([name, { options }]) =>
  options.map((option) => `${name}:${option}`)
);

/**
 * Reads a place: `dmabuf[:HEAP]`, `udmabuf[:thp|hugetlb|4k]`, `memfd[:thp|hugetlb|4k]`, `fd:N`, or a
 * path; the colon may be left out if nothing follows. A file of such a name is `./memfd`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePlace } from "dmacopy";
 *
 * assertEquals(parsePlace("udmabuf:thp"), { kind: "udmabuf", pages: "thp" });
 * assertEquals(parsePlace("fd:3"), { kind: "fd", number: 3 });
 * assertEquals(parsePlace("./model.gguf"), { kind: "path", path: "./model.gguf" });
 * ```
 *
 * @throws {TypeError} if a scheme does not know the text after its colon
 */
export function parsePlace(text: string): Place {
  const [name = "", ...rest] = text.split(":");
  const scheme = SCHEMES.get(name);
  if (!scheme) return { kind: "path", path: text };
  const option = rest.join(":");
  const place = scheme.parse(option);
  if (!place) throw new TypeError(`"${option}" is not an option of ${name}: write ${scheme.usage}`);
  return place;
}
