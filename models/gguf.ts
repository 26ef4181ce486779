import { GGMLQuantizationType, gguf, type GGUFParseOutput } from "@huggingface/gguf";
import { readBytes } from "./_bytes.ts";
import { GGML_BLOCKS } from "./_ggml_types.ts";
import { checkTensors, type Model, ModelError, type Tensor } from "./model.ts";

const MAGIC = "GGUF";
/** Magic, version, both counts. */
const HEAD_BYTES = 24n;
/** The least that a key and its value take, and a tensor without dimensions. */
const [ENTRY_BYTES, TENSOR_BYTES] = [13n, 24n];

/** Whether a file begins as a GGUF does. */
export function isGguf(head: Uint8Array): boolean {
  return new TextDecoder().decode(head.subarray(0, MAGIC.length)) === MAGIC;
}

/**
 * Reads the header of a GGUF file.
 *
 * @throws {ModelError} if it is not sound
 */
export async function readGguf(
  file: Deno.FsFile,
  { path, bytes }: { path: string; bytes: bigint },
): Promise<Model> {
  await checkCounts(file, { path, bytes });
  const header = await parse(path);
  const { tensorInfos, tensorDataOffset: start, tensorInfoByteRange: [, end] } = header;
  // What is read beyond the file's end comes as zeros.
  if (end > bytes) throw new ModelError(path, "its header ends after the file");
  if (start < end) throw new ModelError(path, "its alignment is no power of two");
  const tensors = tensorInfos.map(({ name, dtype, shape, offset }): Tensor => ({
    name,
    dtype: GGMLQuantizationType[dtype] ?? String(dtype),
    shape: shape.map(Number),
    offset: start + offset,
    bytes: sizeOf(path, { name, dtype, shape }),
  }));
  const sorted = checkTensors(path, tensors, { start, end: bytes });
  return { path, format: "gguf", bytes, tensors: sorted };
}

/** Before anybody believes them: counts that can't be would cost memory and time. */
async function checkCounts(
  file: Deno.FsFile,
  { path, bytes }: { path: string; bytes: bigint },
): Promise<void> {
  if (bytes < HEAD_BYTES) throw new ModelError(path, "it ends within its header");
  const head = new DataView((await readBytes(file, { offset: 0n, bytes: HEAD_BYTES })).buffer);
  const version = head.getUint32(MAGIC.length, true);
  if (version !== 2 && version !== 3) {
    throw new ModelError(path, `its version is ${version}: 2 and 3 are known, little-endian`);
  }
  const [tensors, entries] = [head.getBigUint64(8, true), head.getBigUint64(16, true)];
  if (tensors * TENSOR_BYTES + entries * ENTRY_BYTES > bytes) {
    const counts = `${tensors} tensors and ${entries} entries`;
    throw new ModelError(path, `it can't have ${counts} in ${bytes} bytes`);
  }
}

async function parse(path: string): Promise<GGUFParseOutput> {
  try {
    return await gguf(path, { allowLocalFile: true });
  } catch (cause) {
    const reason = cause instanceof RangeError
      ? "its header is damaged, or larger than 50 MB"
      : (cause as Error).message;
    throw new ModelError(path, reason, { cause });
  }
}

function sizeOf(
  path: string,
  { name, dtype, shape }: { name: string; dtype: GGMLQuantizationType; shape: readonly bigint[] },
): bigint {
  const block = GGML_BLOCKS[GGMLQuantizationType[dtype] ?? ""];
  const wrong = (what: string) => new ModelError(path, `tensor "${name}" ${what}`);
  if (!block) throw wrong(`is of type ${GGMLQuantizationType[dtype] ?? dtype}, which is not known`);
  const [elements, bytes] = block;
  // Rows, the innermost dimension, are whole blocks.
  if ((shape[0] ?? 1n) % elements !== 0n) {
    throw wrong(`has rows of ${shape[0]} elements, no multiple of ${elements}`);
  }
  return shape.reduce((product, size) => product * size, 1n) / elements * bytes;
}
