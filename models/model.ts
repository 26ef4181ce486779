/** A tensor, and where it lies in its file. */
export interface Tensor {
  /** As in the file. */
  name: string;
  /** The type of its elements, as the format calls it: "F32", "Q4_K". */
  dtype: string;
  /** Its dimensions, in the order of the format: a GGUF's begin with the innermost. */
  shape: readonly number[];
  /** Where it begins in the file, in bytes. */
  offset: bigint;
  /** Its length, in bytes. */
  bytes: bigint;
}

/** A file of tensors. */
export interface Model {
  /** The file. */
  path: string;
  /** What it is. */
  format: "gguf" | "safetensors";
  /** The file's size. */
  bytes: bigint;
  /** In the order in which they lie in the file. */
  tensors: readonly Tensor[];
}

/** A file whose header can't be believed. The message begins with its path. */
export class ModelError extends Error {
  /** "ModelError" */
  override readonly name = "ModelError";

  /** Says what is wrong with the file. */
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`${path} is no sound model: ${reason}`, options);
  }
}

/**
 * Puts tensors into the order of the file.
 *
 * @throws {ModelError} if a name occurs twice, or tensors are outside the data or overlap
 */
export function checkTensors(
  path: string,
  tensors: readonly Tensor[],
  data: { start: bigint; end: bigint },
): Tensor[] {
  const names = new Set<string>();
  const sorted = tensors.toSorted((a, b) => Number(a.offset - b.offset || a.bytes - b.bytes));
  let end = data.start;
  for (const { name, offset, bytes } of sorted) {
    const what = `tensor "${name}", ${bytes} bytes at ${offset},`;
    if (names.has(name)) throw new ModelError(path, `two tensors are named "${name}"`);
    names.add(name);
    if (offset + bytes > data.end) {
      throw new ModelError(path, `${what} reaches beyond its end at ${data.end}`);
    }
    if (offset < end) {
      const [, rule] = offset < data.start
        ? ["", "begins before the data"]
        : ["", "overlaps another"];
      throw new ModelError(path, `${what} ${rule}`);
    }
    end = offset + bytes;
  }
  return sorted;
}
