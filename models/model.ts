import { CUT_OR_DAMAGED } from "./_words.ts";

/** A tensor, and where it lies in its file. */
export interface Tensor {
  /** As in the file. */
  name: string;
  /**
   * The type of its elements, as the format calls it: "F32", "Q4_K". One of a GGUF that is not
   * known is "type 123".
   */
  dtype: string;
  /** Its dimensions, in the order of the format: a GGUF's begin with the innermost. */
  shape: readonly number[];
  /** Where it begins in the file, in bytes. */
  offset: bigint;
  /** Its length, in bytes; null where a GGUF's type is not known. */
  bytes: bigint | null;
}

/** A file of tensors. */
export interface Model {
  /** The file. */
  path: string;
  /** What it is. */
  format: "gguf" | "safetensors";
  /** The file's size. */
  bytes: bigint;
  /** Where the header ends and the tensors' data begins, in bytes. */
  dataOffset: bigint;
  /** In the order in which they lie in the file. */
  tensors: readonly Tensor[];
  /** Which of how many files of its model it is, from 0, where its header says so. */
  part?: { index: number; count: number };
}

/** A file whose header can't be believed. The message begins with its path. */
export class ModelError extends Error {
  /** "ModelError" */
  override readonly name = "ModelError";

  /** Says what is wrong with the file. */
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`${path} is not a sound model: ${reason}`, options);
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
