import { dirname } from "node:path";
import { ValidationError } from "@cliffy/command";
import { ifThere } from "../base/if_there.ts";
import { isReplaceable } from "../base/is_replaceable.ts";
import { writeWhole } from "../base/write_whole.ts";

/**
 * Checks before long work that the file of an option can be written after it.
 *
 * @throws {ValidationError} if the file can't be made there
 */
export function checkOutput(option: string, path: string): void {
  try {
    if (ifThere(() => Deno.statSync(path))?.isDirectory) throw new Error("it is a folder");
    if (isReplaceable(path)) Deno.removeSync(Deno.makeTempFileSync({ dir: dirname(path) }));
  } catch (cause) {
    const reason = (cause as Error).message.replace(/:.*/, "");
    throw new ValidationError(`can't write ${option} ${path}: ${reason}`, { cause });
  }
}

/**
 * Writes the file of an option, whole or not at all.
 *
 * @throws {Error} if it can't be written
 */
export function writeOutput(option: string, path: string, text: string): void {
  try {
    writeWhole(path, text);
  } catch (cause) {
    throw new Error(`can't write ${option} ${path}: ${(cause as Error).message}`, { cause });
  }
}
