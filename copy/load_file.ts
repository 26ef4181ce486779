import { load } from "./_loading.ts";
import type { LoadedFile, LoadedFiles, LoadFileOptions } from "./load.ts";
import type { Source } from "./_source.ts";

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
  return onlyFile(await load([path], (sources) => [sources.map(wholeFile)], options));
}

/** All of a file, at the buffer's beginning. */
function wholeFile(source: Source) {
  return { source, range: { fileOffset: 0n, bufferOffset: 0n, bytes: source.bytes } };
}

/** What was loaded into a single buffer. */
export function onlyFile(loaded: LoadedFiles): LoadedFile {
  const { files: [file], ...cost } = loaded;
  if (!file) throw new TypeError("there is no buffer");
  return { ...file, ...cost };
}
