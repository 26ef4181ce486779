import { type Header } from "./_header.ts";
import { ModelError } from "./model.ts";

/** Types of values by their numbers in ggml/docs/gguf.md; all others have a fixed size. */
const [UINT8, UINT16, UINT32, STRING, ARRAY, UINT64] = [0, 2, 4, 8, 9, 10];
/** Sizes in bytes by the type's number; for a string the size of its length, for an array of its head. */
const SIZES = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8];
/** The deepest nesting of arrays: a damaged file may seem to nest them forever. */
const MAX_DEPTH = 16;

/** Reads a value's type. */
export function readValueType(header: Header): number {
  const type = header.uint(4);
  if (type < SIZES.length) return type;
  throw new ModelError(
    header.path,
    `a value at ${header.offset} is of type ${type}, whose size is unknown: 0 to 12 are known`,
  );
}

/** Reads a value if it is an unsigned integer; skips any other and returns null. */
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

/** Skips a value. Of an array of strings, it reads only the lengths. */
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
