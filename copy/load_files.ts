import { cut } from "../base/cut.ts";
import { roundUp } from "../base/round_up.ts";
import { placeBytes } from "../ffi/mod.ts";
import { load } from "./_loading.ts";
import type { FileRange, LoadedFiles, LoadFileOptions } from "./load.ts";
import type { Source } from "./_source.ts";
import type { SourceRange } from "./_verify.ts";

/** Options of {@linkcode loadFiles}. */
export interface LoadFilesOptions extends Omit<LoadFileOptions, "into" | "sha256"> {
  /**
   * The largest size of a buffer in bytes, a multiple of `placeBytes()`: larger files use several
   * buffers. A heap makes a buffer at once, so that its first byte waits for its last page; smaller
   * buffers are made while others are read.
   *
   * @default no limit
   */
  splitBytes?: bigint | undefined;
}

/**
 * Loads several files, each into its own buffer. It makes the next file's buffer while it reads one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadFiles } from "dmacopy";
 *
 * const folder = await Deno.makeTempDir();
 * const paths = ["1-of-2", "2-of-2"].map((name) => `${folder}/model-${name}.safetensors`);
 * for (const path of paths) await Deno.writeFile(path, new Uint8Array(100_000));
 * {
 *   using shards = await loadFiles(paths, { to: "memfd" });
 *   assertEquals(shards.files.map(({ bytes }) => bytes), [100_000n, 100_000n]);
 *   using parts = await loadFiles(paths, { to: "memfd", splitBytes: 65_536n });
 *   assertEquals(parts.files.map(({ bytes }) => bytes), [65_536n, 34_464n, 65_536n, 34_464n]);
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @throws as {@linkcode loadFile} does; nothing stays open then
 * @throws {RangeError} if `splitBytes` is not a multiple of `placeBytes()`
 */
export async function loadFiles(
  paths: readonly string[],
  { splitBytes, ...options }: LoadFilesOptions = {},
): Promise<LoadedFiles> {
  if (splitBytes !== undefined && (splitBytes <= 0n || splitBytes % placeBytes() !== 0n)) {
    throw new RangeError(`parts must be multiples of ${placeBytes()} bytes, not ${splitBytes}`);
  }
  return await load(
    paths,
    (sources) => sources.flatMap((source) => partsOf(source, splitBytes)),
    options,
  );
}

/** The parts of a file for its buffers; the last part may be shorter. */
function partsOf(source: Source, splitBytes = source.bytes): SourceRange[][] {
  const { bytes } = source;
  if (bytes === 0n) return [[{ source, range: { fileOffset: 0n, bufferOffset: 0n, bytes } }]];
  return [...cut(bytes, splitBytes)].map((part) => [{
    source,
    range: { fileOffset: part.offset, bufferOffset: 0n, bytes: part.bytes },
  }]);
}

/**
 * Lays whole files out one after the other in one buffer, for {@linkcode loadRanges}.
 *
 * @param alignBytes The alignment of each file's place, in bytes. @default `placeBytes()`
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { layOutFiles } from "dmacopy";
 *
 * const files = [{ path: "a", bytes: 5000n }, { path: "b", bytes: 100n }];
 * assertEquals(layOutFiles(files, 4096n).map(({ bufferOffset }) => bufferOffset), [0n, 8192n]);
 * ```
 */
export function layOutFiles(
  files: readonly { path: string; bytes: bigint }[],
  alignBytes: bigint = placeBytes(),
): FileRange[] {
  let end = 0n;
  return files.map(({ path, bytes }) => {
    const bufferOffset = roundUp(end, alignBytes);
    end = bufferOffset + bytes;
    return { path, fileOffset: 0n, bufferOffset, bytes };
  });
}
