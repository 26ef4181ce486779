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
 * @throws {SystemError} if the kernel refuses; after any error nothing stays open
 * @throws {TypeError} if the path is not a regular file
 * @throws {Error} if the file changed meanwhile, or the data differs
 */
export async function loadFile(path: string, options: LoadFileOptions = {}): Promise<LoadedFile> {
  return onlyFile(await load([path], (sources) => [sources.map(wholeFile)], options));
}

/** The whole file, at the start of the buffer. */
function wholeFile(source: Source) {
  return { source, range: { fileOffset: 0n, bufferOffset: 0n, bytes: source.bytes } };
}

/** The only buffer of a load. */
export function onlyFile(loaded: LoadedFiles): LoadedFile {
  const { files: [file], ...cost } = loaded;
  if (!file) throw new TypeError("there is no buffer");
  return { ...file, ...cost };
}
