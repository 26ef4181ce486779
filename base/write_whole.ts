import { ifThere } from "./if_there.ts";
import { isReplaceable } from "./is_replaceable.ts";

/**
 * Writes a file under a temporary name beside it, then renames it: a reader finds the old content or
 * the new one. The target of a symbolic link is replaced, not the link. What can't be replaced, such
 * as /dev/stdout, gets the text appended.
 */
export function writeWhole(path: string, text: string): void {
  if (!isReplaceable(path)) return Deno.writeTextFileSync(path, text, { append: true });
  const target = ifThere(() => Deno.realPathSync(path)) ?? path;
  const temporary = `${target}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    Deno.writeTextFileSync(temporary, text, { createNew: true });
    Deno.renameSync(temporary, target);
  } catch (error) {
    ifThere(() => Deno.removeSync(temporary));
    throw error;
  }
}
