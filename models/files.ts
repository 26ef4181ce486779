import { readBytes } from "./_bytes.ts";
import { describeForeign } from "./_foreign.ts";
import { describePointer, MAX_POINTER_BYTES } from "./_pointer.ts";
import { isGguf } from "./gguf.ts";
import { isSafetensors } from "./safetensors.ts";
import { isShardIndex, readShardIndex } from "./shard_index.ts";

/**
 * The files that a path stands for: those that an index (`model.safetensors.index.json`) names, or
 * itself.
 *
 * @throws {ModelError} if an index names no files, or files elsewhere
 * @throws {Deno.errors.NotFound} if an index does not exist
 */
export function modelFiles(path: string): readonly string[] {
  return isShardIndex(path) ? readShardIndex(path).shards : [path];
}

/**
 * Refuses a pointer of Git LFS, which stands for a file that was not downloaded.
 *
 * @returns a sentence about a file with a model's name that is something else, or null
 * @throws {TypeError} if it is a pointer
 */
export function checkWhatItIs(path: string): string | null {
  const isModel = /\.(gguf|safetensors)$/.test(path);
  const head = readHead(path, { maxBytes: isModel ? Infinity : MAX_POINTER_BYTES });
  if (head === null || head.length === 0) return null;
  const pointer = describePointer(path, String.fromCharCode(...head));
  if (pointer) throw new TypeError(pointer);
  if (!isModel || isGguf(head) || isSafetensors(head)) return null;
  return describeForeign(path, head);
}

/** Null if it is not a file, is larger, or can't be read: the copy then reports the error. */
function readHead(path: string, { maxBytes }: { maxBytes: number }): Uint8Array | null {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return null;
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size > maxBytes) return null;
    using file = Deno.openSync(path);
    return readBytes(file, { offset: 0, bytes: MAX_POINTER_BYTES });
  } catch {
    return null;
  }
}
