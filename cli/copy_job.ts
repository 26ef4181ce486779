import { ValidationError } from "@cliffy/command";
import { exists } from "../base/exists.ts";
import type { BufferKind, PageKind } from "../copy/mod.ts";
import { parsePlace, type Place, PLACE_USAGE } from "../copy/place.ts";

/** The destination of files. */
export type Destination =
  | { to?: BufferKind; pages?: PageKind | undefined; heap?: string | undefined }
  | { descriptor: number };

/** The task of a `copy` command. */
export type CopyJob =
  | { kind: "load"; paths: string[]; destination: Destination }
  | { kind: "save"; descriptor: number; path: string };

/**
 * Reads the sources and the destination from the arguments: files into buffers, or a descriptor's
 * buffer into a file.
 *
 * @throws {ValidationError} if they don't fit together
 */
export function parseJob(args: readonly string[]): CopyJob {
  const places = args.map(parse);
  const [first, second] = places;
  if (first?.kind === "fd") return { kind: "save", descriptor: first.number, path: target(places) };
  const last = places.at(-1);
  const hasDestination = places.length > 1 && last !== undefined && last.kind !== "path";
  const sources = hasDestination ? places.slice(0, -1) : places;
  const paths = sources.map((place, i) => sourcePath(place, args[i] ?? ""));
  if (second && !hasDestination) checkLast(paths.at(-1) ?? "");
  const destination = hasDestination ? destinationOf(last) : {};
  return { kind: "load", paths, destination };
}

function parse(text: string): Place {
  try {
    return parsePlace(text);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new ValidationError(`${cause.message}.`);
  }
}

function target([, second, ...rest]: Place[]): string {
  if (second?.kind === "path" && rest.length === 0) return second.path;
  throw new ValidationError("A buffer is saved into one file: write copy fd:N PATH.");
}

function sourcePath(place: Place, text: string): string {
  if (place.kind === "path") return place.path;
  throw new ValidationError(
    `"${text}" is a destination: write it last. A file of that name is ./${text}.`,
  );
}

function destinationOf(place: Place | undefined): Destination {
  switch (place?.kind) {
    case "fd":
      return { descriptor: place.number };
    case "dmabuf":
      return { to: "dmabuf", heap: place.heap };
    case "udmabuf":
    case "memfd":
      return { to: place.kind, pages: place.pages };
    default:
      return {};
  }
}

/** The user may mean the last of several paths as a destination. */
function checkLast(path: string): void {
  if (exists(path)) return;
  throw new ValidationError(
    `"${path}" is not a destination: write ${PLACE_USAGE.join(", ")}; a path is one for fd:N only.`,
  );
}
