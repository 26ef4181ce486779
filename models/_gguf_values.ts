import { type Header } from "./_header.ts";
import { ModelError } from "./model.ts";

/** Types of values by their numbers, as ggml/docs/gguf.md has them; all others have a fixed size. */
const [UINT8, UINT16, UINT32, STRING, ARRAY, UINT64] = [0, 2, 4, 8, 9, 10];
/** Sizes in bytes, by the type's number; of a string, its length's and of an array, its head's. */
const SIZES = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8];
/** No program writes arrays in arrays in arrays; a damaged file may seem to, for ever. */
const MAX_DEPTH = 16;

/** Reads a value's type. */
export function readValueType(header: Header): number {
  const type = header.uint(4);
  if (type < SIZES.length) return type;
  throw new ModelError(
    header.path,
    `a value at ${header.offset} is of type ${type}, whose size is not known: 0 to 12 are`,
  );
}

/** Reads a value if it is an unsigned integer; leaves out any other, which is null. */
export function readUnsigned(header: Header, type: number): bigint | null {
  switch (type) {
    case UINT8:
      return BigInt(header.uint(1));
    case UINT16:
      return BigInt(header.uint(2));
    case UINT32:
      return BigInt(header.uint(4));
    case UINT64:
      return header.uint64();
  }
  skipValue(header, type);
  return null;
}

/** Leaves out a value. Only the lengths of strings are looked at, of all that an array has. */
export function skipValue(header: Header, type: number): void {
  if (type === STRING) return header.skipTexts(1);
  if (type === ARRAY) return skipArray(header, 1);
  header.skip(SIZES[type]!);
}

function skipArray(header: Header, depth: number): void {
  if (depth > MAX_DEPTH) {
    throw new ModelError(header.path, `arrays nest more than ${MAX_DEPTH} deep in its header`);
  }
  const type = readValueType(header);
  const size = SIZES[type]!;
  const count = header.count("elements of an array", size);
  if (type === STRING) return header.skipTexts(count);
  if (type !== ARRAY) return header.skip(count * size);
  for (let left = count; left > 0; left--) skipArray(header, depth + 1);
}
