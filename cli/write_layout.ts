import { writeWhole } from "../base/write_whole.ts";
import type { Manifest } from "../handover/mod.ts";

/**
 * Refuses before a long copy a path that can't be written after it.
 *
 * @throws {Error} if it is a folder, or in none
 */
export function checkLayoutPath(path: string): void {
  const folder = path.slice(0, path.lastIndexOf("/") + 1) || ".";
  if (!isFolder(folder)) {
    throw new Error(`can't write --layout ${path}: there is no folder ${folder}`);
  }
  if (isFolder(path)) throw new Error(`can't write --layout ${path}: it is a folder`);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}

/**
 * Writes what lies where in the buffers; a file that is replaced is there until the new one is
 * complete.
 *
 * @throws {Error} if it can't be written
 */
export function writeLayout(path: string, manifest: Manifest): void {
  const text = JSON.stringify(manifest, null, 2) + "\n";
  try {
    writeWhole(path, text);
  } catch (cause) {
    throw new Error(`can't write --layout ${path}: ${(cause as Error).message}`, { cause });
  }
}
