import { readBytes } from "./_bytes.ts";
import { describePointer, MAX_POINTER_BYTES } from "./_pointer.ts";
import { isShardIndex, readShardIndex } from "./shard_index.ts";

/**
 * The files that a path stands for: those that an index (`model.safetensors.index.json`) names, or
 * itself.
 *
 * @throws {ModelError} if an index names none, or files elsewhere
 * @throws {Deno.errors.NotFound} if an index is not there
 */
export function modelFiles(path: string): readonly string[] {
  return isShardIndex(path) ? readShardIndex(path).shards : [path];
}

/**
 * Refuses a pointer of Git LFS: what stands for a file that was not downloaded. Where Deno may not
 * read the file, nothing is looked at.
 *
 * @throws {TypeError} if it is one
 */
export function refusePointer(path: string): void {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return;
  const sentence = isSmallFile(path) ? describePointer(path, begin(path)) : null;
  if (sentence) throw new TypeError(sentence);
}

function isSmallFile(path: string): boolean {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile && size > 0 && size < MAX_POINTER_BYTES;
  } catch (error) {
    // Who copies the file says what is wrong with it.
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}

function begin(path: string): string {
  using file = Deno.openSync(path);
  return String.fromCharCode(...readBytes(file, { offset: 0, bytes: MAX_POINTER_BYTES }));
}
