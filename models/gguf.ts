import { roundUp } from "../base/round_up.ts";
import { GGML_TYPES } from "./_ggml_types.ts";
import { readUnsigned, readValueType, skipValue } from "./_gguf_values.ts";
import { Header } from "./_header.ts";
import { CUT_OR_DAMAGED } from "./_words.ts";
import { checkTensors, type Model, ModelError, type Tensor } from "./model.ts";

const MAGIC = "GGUF";
/** The least sizes of a key with its value, and of a tensor without dimensions. */
const [ENTRY_BYTES, TENSOR_BYTES] = [13, 24];
/** The format's limit for keys. Names of tensors are shorter: 64 bytes. */
const MAX_NAME_BYTES = 65535;
const [ALIGNMENT, PART, PARTS] = ["general.alignment", "split.no", "split.count"];
const DEFAULT_ALIGNMENT = 32n;

/** Whether a file begins as a GGUF does. */
export function isGguf(head: Uint8Array): boolean {
  return new TextDecoder().decode(head.subarray(0, MAGIC.length)) === MAGIC;
}

/**
 * Reads the header of a GGUF file of version 2 or 3, as ggml/docs/gguf.md describes it. It needs
 * memory for the tensors only, not for the vocabulary.
 *
 * @throws {ModelError} if the header is invalid
 */
export function readGguf(
  file: Deno.FsFile,
  { path, bytes }: { path: string; bytes: number },
): Model {
  const header = new Header(file, { path, bytes });
  header.skip(MAGIC.length);
  checkVersion(path, header.uint(4));
  const tensorCount = header.count("tensors", TENSOR_BYTES);
  const entries = readEntries(header, header.count("entries", ENTRY_BYTES));
  const alignment = checkAlignment(path, entries);
  const infos = Array.from({ length: tensorCount }, () => readTensor(header));
  const end = BigInt(bytes);
  const dataOffset = checkDataOffset(header, { alignment, isEmpty: infos.length === 0 });
  for (const { name, offset } of infos) {
    if (offset % alignment === 0n) continue;
    const rule = `not a multiple of the file's alignment, ${alignment}`;
    throw new ModelError(path, `tensor "${name}" is at ${offset} of the data, ${rule}`);
  }
  const placed = infos.map((info) => ({ ...info, offset: dataOffset + info.offset }));
  const tensors = checkTensors(path, placed, { start: dataOffset, end });
  const part = partOf(entries);
  return { path, format: "gguf", bytes: end, dataOffset, tensors, ...(part && { part }) };
}

function checkVersion(path: string, version: number): void {
  if (version === 2 || version === 3) return;
  // Numbers up to 65535 in the wrong byte order.
  if ((version & 0xffff) === 0 && version !== 0) {
    throw new ModelError(
      path,
      "it is a big-endian GGUF, and so are its tensors' values: convert it with " +
        `gguf-convert-endian ${path} little (of the Python package gguf)`,
    );
  }
  const past = version === 1 ? ", from before August 2023: convert the original model again" : "";
  throw new ModelError(path, `its GGUF version is ${version}${past}; 2 and 3 can be read`);
}

/** The metadata that says where tensors are; null for a value that is not an unsigned integer. */
type Entries = ReadonlyMap<string, bigint | null>;

function readEntries(header: Header, count: number): Entries {
  const entries = new Map<string, bigint | null>();
  for (let left = count; left > 0; left--) {
    const key = readName(header, "a key");
    const type = readValueType(header);
    if (key !== ALIGNMENT && key !== PART && key !== PARTS) {
      skipValue(header, type);
    } else if (entries.has(key)) {
      throw new ModelError(header.path, `it has ${key} twice`);
    } else {
      entries.set(key, readUnsigned(header, type));
    }
  }
  return entries;
}

function readName(header: Header, what: string): string {
  const bytes = header.count(`bytes of ${what}`, 1);
  if (bytes <= MAX_NAME_BYTES) return header.text(bytes);
  throw new ModelError(header.path, `${what} at ${header.offset} would be ${bytes} bytes long`);
}

function checkAlignment(path: string, entries: Entries): bigint {
  const alignment = entries.get(ALIGNMENT) ?? (entries.has(ALIGNMENT) ? null : DEFAULT_ALIGNMENT);
  if (alignment === null) throw new ModelError(path, `its ${ALIGNMENT} is not an unsigned integer`);
  if (alignment > 0n && alignment % 8n === 0n) return alignment;
  throw new ModelError(path, `its ${ALIGNMENT} is ${alignment}; it must be a multiple of 8`);
}

/** The start of the data. Without tensors there is no data, and no padding before it. */
function checkDataOffset(
  { path, bytes, offset }: Header,
  { alignment, isEmpty }: { alignment: bigint; isEmpty: boolean },
): bigint {
  const [padded, end] = [roundUp(BigInt(offset), alignment), BigInt(bytes)];
  if (padded <= end) return padded;
  if (isEmpty) return end;
  const begin = `its data begins at ${padded}, by its alignment of ${alignment}`;
  throw new ModelError(path, `${begin}, and the file ends at ${end}: ${CUT_OR_DAMAGED}`);
}

/** A tensor, with its offset in the data. */
function readTensor(header: Header): Tensor {
  const name = readName(header, "a tensor's name");
  const dimensions = header.uint(4);
  if (dimensions * 8 > header.left) {
    throw new ModelError(header.path, `tensor "${name}" can't have ${dimensions} dimensions`);
  }
  const shape = Array.from({ length: dimensions }, () => readDimension(header, name));
  const type = header.uint(4);
  const offset = header.uint64();
  const dtype = GGML_TYPES.get(type)?.name ?? `type ${type}`;
  return { name, dtype, shape, offset, bytes: sizeOf(header, { name, type, shape }) };
}

function readDimension(header: Header, name: string): number {
  const size = header.uint64();
  if (size <= Number.MAX_SAFE_INTEGER) return Number(size);
  throw new ModelError(header.path, `tensor "${name}" has a dimension of ${size}`);
}

/** Null if the type is unknown. */
function sizeOf(
  { path, bytes: fileBytes }: Header,
  { name, type, shape }: { name: string; type: number; shape: readonly number[] },
): bigint | null {
  const block = GGML_TYPES.get(type);
  if (!block) return null;
  const row = BigInt(shape[0] ?? 1);
  // Rows, the innermost dimension, are whole blocks.
  if (row % block.elements !== 0n) {
    const rule = `not a multiple of ${block.elements}, a block of ${block.name}`;
    throw new ModelError(path, `tensor "${name}" has rows of ${row} elements, ${rule}`);
  }
  if (shape.includes(0)) return 0n;
  let bytes = row / block.elements * block.bytes;
  for (const size of shape.slice(1)) {
    bytes *= BigInt(size);
    if (bytes > fileBytes) break;
  }
  if (bytes <= fileBytes) return bytes;
  const shown = shape.slice(0, 8).join(", ") + (shape.length > 8 ? ", …" : "");
  const what = `tensor "${name}", [${shown}] of ${block.name},`;
  throw new ModelError(path, `${what} reaches beyond its end at ${fileBytes}: ${CUT_OR_DAMAGED}`);
}

/** The number of the file among several, if the header says that there are more. */
function partOf(entries: Entries): { index: number; count: number } | null {
  const [index, count] = [entries.get(PART), entries.get(PARTS)];
  if (typeof index !== "bigint" || typeof count !== "bigint" || count < 2n) return null;
  return { index: Number(index), count: Number(count) };
}
