import { load } from "./_loading.ts";
import type { FileRange, LoadedFile, LoadFileOptions } from "./load.ts";
import { onlyFile } from "./load_file.ts";

/**
 * Loads parts of files into one buffer. If a method fails that seemed possible, it continues with the
 * next one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadRanges } from "dmacopy";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeFile(path, new Uint8Array(10_000).fill(7));
 * using part = await loadRanges(
 *   [{ path, fileOffset: 4096n, bytes: 1000n, bufferOffset: 0n }],
 *   { to: "memfd", verify: true },
 * );
 * assertEquals([part.bytes, part.verified], [1000n, true]);
 * await Deno.remove(path);
 * ```
 *
 * @throws {SystemError} if the kernel refuses; after any error nothing stays open
 * @throws {TypeError} if a path is not a regular file
 * @throws {RangeError} if a range is not in its file, or ranges overlap in the buffer
 * @throws {Error} if a file changed meanwhile, or the data differs
 */
export async function loadRanges(
  ranges: readonly FileRange[],
  options: LoadFileOptions = {},
): Promise<LoadedFile> {
  const files = [...Map.groupBy(ranges, ({ path }) => path)];
  const loaded = await load(
    files.map(([path]) => path),
    (sources) => [
      files.flatMap(([, parts], i) =>
        parts.map(({ path: _path, ...range }) => ({ source: sources[i]!, range }))
      ),
    ],
    options,
  );
  return onlyFile(loaded);
}
