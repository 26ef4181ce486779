import { load, type LoadedFile, type LoadFileOptions } from "./load_ranges.ts";

/**
 * Loads a whole file into one buffer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadFile } from "dmacopy";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "weights");
 * {
 *   using model = await loadFile(path, { to: "memfd", verify: true });
 *   assertEquals([model.bytes, model.verified], [7n, true]);
 *   console.log(`descriptor ${model.buffer.share.number}, by ${model.method}`);
 * }
 * await Deno.remove(path);
 * ```
 *
 * @throws {SystemError} if the kernel refuses; nothing stays open then, whatever is thrown
 * @throws {TypeError} if the path is not a regular file
 * @throws {Error} if the file changed meanwhile, or the data differs
 */
export async function loadFile(path: string, options: LoadFileOptions = {}): Promise<LoadedFile> {
  return await load((sizes) => wholeFile(path, sizes), { ...options, paths: [path] });
}

/** One range: all of the file, at the buffer's beginning. */
function wholeFile(path: string, sizes: ReadonlyMap<string, bigint>) {
  return [{ path, fileOffset: 0n, bufferOffset: 0n, bytes: sizes.get(path) ?? 0n }];
}
