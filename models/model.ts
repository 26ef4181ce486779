import { CUT_OR_DAMAGED } from "./_words.ts";

/** A tensor, and its place in its file. */
export interface Tensor {
  /** Its name in the file. */
  name: string;
  /**
   * The type of its elements, as the format calls it: "F32", "Q4_K". An unknown type of a
   * GGUF is "type 123".
   */
  dtype: string;
  /** Its dimensions, in the order of the format: a GGUF's begin with the innermost. */
  shape: readonly number[];
  /** Its start in the file, in bytes. */
  offset: bigint;
  /** Its length, in bytes; null if a GGUF's type is unknown. */
  bytes: bigint | null;
}

/** A file of tensors. */
export interface Model {
  /** The file. */
  path: string;
  /** Its format. */
  format: "gguf" | "safetensors";
  /** The file's size. */
  bytes: bigint;
  /** The end of the header and start of the tensors' data, in bytes. */
  dataOffset: bigint;
  /** The tensors, in the order of the file. */
  tensors: readonly Tensor[];
  /** Its number among the files of its model, from 0, if its header gives it. */
  part?: { index: number; count: number };
}

/** A file with an invalid header. The message starts with its path. */
export class ModelError extends Error {
  /** "ModelError" */
  override readonly name = "ModelError";

  /** Makes an error with the path and the reason. */
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`${path} is not a valid model: ${reason}`, options);
  }
}

/**
 * Puts tensors into the order of the file.
 *
 * @throws {ModelError} if a name occurs twice, or tensors are outside the data or overlap
 */
export function checkTensors<T extends Tensor>(
  path: string,
  tensors: readonly T[],
  data: { start: bigint; end: bigint },
): T[] {
  const names = new Set<string>();
  const sorted = tensors.toSorted((a, b) =>
    Number(a.offset - b.offset || (a.bytes ?? 0n) - (b.bytes ?? 0n))
  );
  let end = data.start;
  for (const { name, offset, bytes } of sorted) {
    const what = `tensor "${name}", ${bytes ?? "some"} bytes at ${offset},`;
    if (names.has(name)) throw new ModelError(path, `two tensors are named "${name}"`);
    names.add(name);
    if (offset + (bytes ?? 0n) > data.end) {
      throw new ModelError(
        path,
        `${what} reaches beyond its end at ${data.end}: ${CUT_OR_DAMAGED}`,
      );
    }
    if (offset < end) throw new ModelError(path, `${what} overlaps another`);
    end = offset + (bytes ?? 0n);
  }
  return sorted;
}
