const [VERSION, F32, STRING] = [3, 0, 8];
const F32_BYTES = 4;
/** The smallest transfer of disks. */
const BLOCK_BYTES = 4096;
const DESCRIPTION = "general.description";

/**
 * The header of a GGUF with a tensor of each size (ggml/docs/gguf.md), padded by a description so that
 * the data begins `beginInBlock` bytes after the start of a block of the disk.
 *
 * @param sizes The sizes of the tensors in bytes, multiples of the format's alignment, 32.
 */
export function ggufHeader(
  sizes: readonly number[],
  beginInBlock: number,
): Uint8Array<ArrayBuffer> {
  const bare = header(sizes, "").length;
  const missing = (beginInBlock - bare % BLOCK_BYTES + BLOCK_BYTES) % BLOCK_BYTES;
  return header(sizes, " ".repeat(missing));
}

function header(sizes: readonly number[], description: string): Uint8Array<ArrayBuffer> {
  let offset = 0;
  const infos = sizes.flatMap((bytes, i) => {
    const info = [...text(`tensor.${i}`), ...u32(1), ...u64(bytes / F32_BYTES), ...u32(F32)];
    const placed = [...info, ...u64(offset)];
    offset += bytes;
    return placed;
  });
  return Uint8Array.from([
    ...new TextEncoder().encode("GGUF"),
    ...[...u32(VERSION), ...u64(sizes.length), ...u64(1)],
    ...[...text(DESCRIPTION), ...u32(STRING), ...text(description)],
    ...infos,
  ]);
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...u64(bytes.length), ...bytes];
}

function u32(value: number): number[] {
  return [...new Uint8Array(new Uint32Array([value]).buffer)];
}

function u64(value: number): number[] {
  return [...new Uint8Array(new BigUint64Array([BigInt(value)]).buffer)];
}
