import { roundUp } from "../base/round_up.ts";
import type { Model } from "./model.ts";
import { describeTwice, type PlacedTensor } from "./select.ts";

/** A whole file, with its place in a buffer, in bytes. */
export interface PlacedFile {
  /** The file. */
  path: string;
  /** Always 0, as the file is whole. */
  fileOffset: bigint;
  /** Its size. */
  bytes: bigint;
  /** Its start in the buffer. */
  bufferOffset: bigint;
}

/** The result of {@linkcode layOutModels}. */
export interface ModelLayout {
  /** The files, in order; there may be gaps between them. */
  files: PlacedFile[];
  /** The tensors with their places in the buffer, except those of an unknown type. */
  tensors: PlacedTensor[];
}

/**
 * Lays out whole model files one after the other in one buffer, so that the data of each begins at a
 * multiple of what a device needs. Its header comes directly before, as in the file.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { layOutModels, type Model } from "dmacopy";
 *
 * const tensors = [{ name: "w", dtype: "F32", shape: [9], offset: 96n, bytes: 36n }];
 * const model: Model = { path: "m", format: "gguf", bytes: 132n, dataOffset: 96n, tensors };
 * const { files, tensors: [placed] } = layOutModels([model], { alignBytes: 64n });
 * assertEquals([files[0]?.bufferOffset, placed?.bufferOffset], [32n, 128n]);
 * ```
 *
 * @throws {RangeError} if the alignment is not positive, or if two files have a tensor of the same
 * name
 */
export function layOutModels(
  models: readonly Model[],
  { alignBytes }: { alignBytes: bigint },
): ModelLayout {
  if (alignBytes < 1n) throw new RangeError(`the alignment must be positive, not ${alignBytes}`);
  const layout: ModelLayout = { files: [], tensors: [] };
  let end = 0n;
  for (const { path, bytes, dataOffset, tensors } of models) {
    const bufferOffset = roundUp(end + dataOffset, alignBytes) - dataOffset;
    end = bufferOffset + bytes;
    layout.files.push({ path, fileOffset: 0n, bytes, bufferOffset });
    for (const tensor of tensors) {
      if (tensor.bytes === null) continue;
      const place = { bytes: tensor.bytes, bufferOffset: bufferOffset + tensor.offset };
      layout.tensors.push({ ...tensor, path, ...place });
    }
  }
  const twice = describeTwice(layout.tensors);
  if (twice) throw new RangeError(twice);
  return layout;
}
