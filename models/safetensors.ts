import { readBytes } from "./_bytes.ts";
import { CUT_OR_DAMAGED } from "./_words.ts";
import { checkTensors, type Model, ModelError, type Tensor } from "./model.ts";

/** The size of the header's length, in bytes. */
const PREFIX_BYTES = 8;
/** The format's own limit, see https://github.com/huggingface/safetensors. */
const MAX_HEADER_BYTES = 100_000_000n;

/** The bits of an element, to compare with the sizes in the offsets. */
const BITS: ReadonlyMap<string, bigint> = new Map([
  ["F4", 4n],
  ["F6_E2M3", 6n],
  ["F6_E3M2", 6n],
  ...["BOOL", "U8", "I8"].map((name) => [name, 8n] as const),
  ...["F8_E5M2", "F8_E4M3", "F8_E5M2FNUZ", "F8_E4M3FNUZ", "F8_E8M0"]
    .map((name) => [name, 8n] as const),
  ...["U16", "I16", "F16", "BF16"].map((name) => [name, 16n] as const),
  ...["U32", "I32", "F32"].map((name) => [name, 32n] as const),
  ...["U64", "I64", "F64", "C64"].map((name) => [name, 64n] as const),
]);

/** The offsets say how long each is. */
type SizedTensor = Tensor & { bytes: bigint };

/** Whether a file begins as a safetensors file does: a length in 8 bytes, and JSON. */
export function isSafetensors(head: Uint8Array): boolean {
  if (head.length <= PREFIX_BYTES || head[PREFIX_BYTES] !== 0x7b) return false;
  // Letters in place of the length belong to another text.
  return !head.subarray(0, PREFIX_BYTES).every((byte) => byte >= 0x09 && byte < 0x7f);
}

/**
 * Reads the header of a safetensors file: its length in 8 bytes, JSON, then the data without holes.
 *
 * @throws {ModelError} if the header is invalid
 */
export function readSafetensors(
  file: Deno.FsFile,
  { path, bytes }: { path: string; bytes: number },
): Model {
  const prefix = readBytes(file, { offset: 0, bytes: PREFIX_BYTES });
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  const [start, end] = [BigInt(PREFIX_BYTES) + length, BigInt(bytes)];
  if (length > MAX_HEADER_BYTES) {
    throw new ModelError(path, `its header of ${length} bytes is longer than the format allows`);
  }
  if (start > end) {
    const reason = `its header of ${length} bytes ends after the file`;
    throw new ModelError(path, `${reason}: ${CUT_OR_DAMAGED}`);
  }
  const text = readBytes(file, { offset: PREFIX_BYTES, bytes: Number(length) });
  const header = parse(path, text);
  const tensors = Object.entries(header).filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => readTensor(path, { name, entry, start }));
  const sorted = checkTensors(path, tensors, { start, end });
  checkDense(path, sorted, { start, end });
  return { path, format: "safetensors", bytes: end, dataOffset: start, tensors: sorted };
}

function parse(path: string, text: Uint8Array<ArrayBuffer>): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (cause) {
    throw new ModelError(path, `its header is not JSON (${(cause as Error).message})`, { cause });
  }
}

function readTensor(
  path: string,
  { name, entry, start }: { name: string; entry: unknown; start: bigint },
): SizedTensor {
  const wrong = (what: string) => new ModelError(path, `tensor "${name}" ${what}`);
  if (typeof entry !== "object" || entry === null) throw wrong("is not described");
  const { dtype, shape, data_offsets } = entry as Record<string, unknown>;
  if (typeof dtype !== "string") throw wrong(`has the dtype ${shown(dtype)}`);
  if (!isSizes(shape)) throw wrong(`has the shape ${shown(shape)}`);
  if (!isSizes(data_offsets) || data_offsets.length !== 2) {
    throw wrong(`has the data_offsets ${shown(data_offsets)}`);
  }
  const [begin, end] = data_offsets.map(BigInt) as [bigint, bigint];
  if (end < begin) throw wrong(`ends at ${end}, before it begins at ${begin}`);
  const bits = BITS.get(dtype);
  if (bits !== undefined && !fits(shape, { bits, bytes: end - begin })) {
    throw wrong(`has ${end - begin} bytes, which don't fit its shape and type`);
  }
  return { name, dtype, shape, offset: start + begin, bytes: end - begin };
}

/** The product of long numbers can take very long: stop once it is too large. */
function fits(
  shape: readonly number[],
  { bits, bytes }: { bits: bigint; bytes: bigint },
): boolean {
  if (shape.includes(0)) return bytes === 0n;
  let product = bits;
  for (const size of shape) {
    product *= BigInt(size);
    if (product > bytes * 8n) return false;
  }
  return product === bytes * 8n;
}

function shown(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 100);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function checkDense(
  path: string,
  tensors: readonly SizedTensor[],
  { start, end }: { start: bigint; end: bigint },
): void {
  let at = start;
  for (const { name, offset, bytes } of tensors) {
    if (offset !== at) throw new ModelError(path, `there is a hole before tensor "${name}"`);
    at = offset + bytes;
  }
  if (at !== end) throw new ModelError(path, `${end - at} bytes follow the last tensor`);
}
