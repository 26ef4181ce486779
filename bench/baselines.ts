import { ifThere } from "../base/if_there.ts";
import { writeWhole } from "../base/write_whole.ts";
import { letterDocument } from "./letter.ts";
import { parseDocument } from "./parse.ts";
import { renderJson } from "./report/json.ts";
import type { BenchDocument } from "./result.ts";

/** The built-in baseline's name. */
const letterName = "letter";

/** A baseline that does not exist, or an invalid name of one. */
export class BaselineError extends Error {
  /** The class's name. */
  override readonly name = "BaselineError";
}

/** Saved results are the user's data, not a cache: they survive its removal. */
function folder(): string {
  const home = Deno.env.get("HOME") ?? "/root";
  return `${Deno.env.get("XDG_DATA_HOME") || `${home}/.local/share`}/dmacopy/baselines`;
}

/**
 * Checks a name before a result is saved under it.
 *
 * @throws {BaselineError} if {@linkcode saveBaseline} would refuse it.
 */
export function checkBaselineName(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new BaselineError(
      `"${name}" can't name a baseline: use letters, digits, ".", "_" and "-"`,
    );
  }
  if (name === letterName) {
    throw new BaselineError(`"${name}" is the name of the built-in baseline: choose another`);
  }
}

function pathOf(name: string): string {
  checkBaselineName(name);
  return `${folder()}/${name}.json`;
}

/**
 * Saves a document to compare with later, in `${XDG_DATA_HOME:-~/.local/share}/dmacopy/baselines`.
 * An earlier one of the same name is replaced. Returns the file's path.
 *
 * @throws {BaselineError} if the name is invalid.
 */
export async function saveBaseline(name: string, document: BenchDocument): Promise<string> {
  const path = pathOf(name);
  await Deno.mkdir(folder(), { recursive: true });
  writeWhole(path, renderJson(document));
  return path;
}

/** The names that {@linkcode loadBaseline} knows, sorted, the built-in one first. */
export function listBaselines(): string[] {
  const files = ifThere(() => [...Deno.readDirSync(folder())]) ?? [];
  const names = files.flatMap(({ name }) => name.match(/(.*)\.json$/)?.[1] ?? []);
  return [letterName, ...names.sort()];
}

/**
 * The baseline with a name ("letter" is built in), or of a file if the name has a slash or ends in
 * ".json".
 *
 * @throws {BaselineError} if there is none.
 * @throws {DocumentError} if the file is not a bench result.
 */
export async function loadBaseline(nameOrFile: string): Promise<BenchDocument> {
  if (nameOrFile === letterName) return letterDocument;
  const isFile = nameOrFile.includes("/") || nameOrFile.endsWith(".json");
  const path = isFile ? nameOrFile : pathOf(nameOrFile);
  try {
    return parseDocument(await Deno.readTextFile(path), path);
  } catch (cause) {
    if (cause instanceof Deno.errors.IsADirectory) {
      throw new BaselineError(`${path} is a folder: name a file that --json wrote`, { cause });
    }
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new BaselineError(
      isFile
        ? `no such file: ${path}`
        : `no baseline "${nameOrFile}"; known are ${listBaselines().join(", ")}`,
      { cause },
    );
  }
}
