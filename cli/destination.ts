import { ValidationError } from "@cliffy/command";
import type { BufferKind, PageKind } from "../copy/mod.ts";

/** Where `copy` puts a file. */
export interface Destination {
  to: BufferKind;
  pages?: PageKind;
}

const PAGES: Readonly<Record<string, PageKind>> = { "4k": "4k", thp: "thp", hugetlb: "hugetlb" };

/** A kind of buffer by the name it has on the command line, and what may follow its ":". */
interface Place {
  kind: BufferKind;
  options: Readonly<Record<string, PageKind | null>>;
}

const PLACES: Readonly<Record<string, Place>> = {
  memfd: { kind: "memfd", options: PAGES },
  udmabuf: { kind: "udmabuf+memfd", options: PAGES },
  dmabuf: { kind: "dmabuf", options: { system: null } },
};

/**
 * Reads `memfd`, `udmabuf` or `dmabuf`, with an option after a colon: `memfd:thp`, `dmabuf:system`.
 *
 * @throws {ValidationError} if it is none of them
 */
export function parseDestination(text: string): Destination {
  const [name = "", ...rest] = text.split(":");
  const option = rest.join(":");
  const place = Object.hasOwn(PLACES, name) ? PLACES[name] : undefined;
  if (!place) {
    throw new ValidationError(
      `"${text}" is no destination: write ${Object.keys(PLACES).join(", ")}, or one with an ` +
        "option, such as memfd:thp.",
    );
  }
  if (option === "") return { to: place.kind };
  if (!Object.hasOwn(place.options, option)) {
    const known = Object.keys(place.options).join(", ");
    throw new ValidationError(`"${option}" is no option of ${name}: there is ${known}.`);
  }
  const pages = place.options[option];
  return { to: place.kind, ...(pages && { pages }) };
}
