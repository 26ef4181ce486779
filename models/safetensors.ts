import { readBytes } from "./_bytes.ts";
import { checkTensors, type Model, ModelError, type Tensor } from "./model.ts";

/** The length of the header's length. */
const PREFIX_BYTES = 8n;
/** The format's own limit, see https://github.com/huggingface/safetensors. */
const MAX_HEADER_BYTES = 100_000_000n;

/** How many bits an element has. */
const BITS: Readonly<Record<string, bigint>> = {
  BOOL: 8n,
  ...{ U8: 8n, U16: 16n, U32: 32n, U64: 64n },
  ...{ I8: 8n, I16: 16n, I32: 32n, I64: 64n },
  ...{ F16: 16n, BF16: 16n, F32: 32n, F64: 64n, C64: 64n },
  ...{ F8_E4M3: 8n, F8_E5M2: 8n, F8_E8M0: 8n, F6_E2M3: 6n, F6_E3M2: 6n, F4: 4n },
};

/** Whether a file begins as a safetensors file does. */
export function isSafetensors(head: Uint8Array): boolean {
  return head.length > PREFIX_BYTES && head[Number(PREFIX_BYTES)] === 0x7b;
}

/**
 * Reads the header of a safetensors file: its length in 8 bytes, JSON, then the data without holes.
 *
 * @throws {ModelError} if it is not sound
 */
export async function readSafetensors(
  file: Deno.FsFile,
  { path, bytes }: { path: string; bytes: bigint },
): Promise<Model> {
  const prefix = await readBytes(file, { offset: 0n, bytes: PREFIX_BYTES });
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  const start = PREFIX_BYTES + length;
  if (length > MAX_HEADER_BYTES) {
    throw new ModelError(path, `its header of ${length} bytes is longer than the format allows`);
  }
  if (start > bytes) {
    throw new ModelError(path, `its header of ${length} bytes ends after the file`);
  }
  const text = await readBytes(file, { offset: PREFIX_BYTES, bytes: length });
  const header = parse(path, text);
  const tensors = Object.entries(header).filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => readTensor(path, { name, entry, start }));
  const sorted = checkTensors(path, tensors, { start, end: bytes });
  checkDense(path, sorted, { start, end: bytes });
  return { path, format: "safetensors", bytes, tensors: sorted };
}

function parse(path: string, text: Uint8Array<ArrayBuffer>): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (cause) {
    throw new ModelError(path, `its header is no JSON (${(cause as Error).message})`, { cause });
  }
}

function readTensor(
  path: string,
  { name, entry, start }: { name: string; entry: unknown; start: bigint },
): Tensor {
  const wrong = (what: string) => new ModelError(path, `tensor "${name}" ${what}`);
  if (typeof entry !== "object" || entry === null) throw wrong("is not described");
  const { dtype, shape, data_offsets } = entry as Record<string, unknown>;
  const bits = typeof dtype === "string" && Object.hasOwn(BITS, dtype) ? BITS[dtype] : undefined;
  if (bits === undefined) throw wrong(`is of the unknown type ${JSON.stringify(dtype)}`);
  if (!isSizes(shape)) throw wrong(`has the shape ${JSON.stringify(shape)}`);
  if (!isSizes(data_offsets) || data_offsets.length !== 2) {
    throw wrong(`has the data_offsets ${JSON.stringify(data_offsets)}`);
  }
  const [begin, end] = data_offsets.map(BigInt) as [bigint, bigint];
  const size = shape.reduce((product, size) => product * BigInt(size), bits);
  if (size !== (end - begin) * 8n) {
    throw wrong(`has ${end - begin} bytes, which its shape and type don't fit`);
  }
  return { name, dtype: dtype as string, shape, offset: start + begin, bytes: end - begin };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function checkDense(
  path: string,
  tensors: readonly Tensor[],
  { start, end }: { start: bigint; end: bigint },
): void {
  let at = start;
  for (const { name, offset, bytes } of tensors) {
    if (offset !== at) throw new ModelError(path, `there is a hole before tensor "${name}"`);
    at = offset + bytes;
  }
  if (at !== end) throw new ModelError(path, `${end - at} bytes follow the last tensor`);
}
