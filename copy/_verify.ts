import { createHash } from "node:crypto";
import { Hash } from "../ffi/mod.ts";
import type { SharedBuffer } from "./buffer.ts";
import type { Range } from "./method.ts";
import { cut } from "../base/cut.ts";
import type { Source } from "./_source.ts";

const STEP_BYTES = 32n << 20n;
const PEEK_BYTES = 1n << 20n;

/** A part of an open file, and its place in a buffer. */
export interface SourceRange {
  source: Source;
  range: Range;
}

/** What {@linkcode verifyBuffer} is to compare. */
export interface Verification {
  verify?: boolean | undefined;
  sha256?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Compares a buffer with the files, read again from the disk, and with the SHA-256, as asked for.
 *
 * @returns the XXH64 of the content if the files were read again
 * @throws {Error} if they differ
 */
export async function verifyBuffer(
  buffer: SharedBuffer,
  parts: readonly SourceRange[],
  { verify = false, sha256, signal }: Verification,
): Promise<string | null> {
  if (!verify && sha256 === undefined) return null;
  using _access = buffer.cpuAccess("read");
  if (sha256 !== undefined) await compareSha256(buffer, parts, { expected: sha256, signal });
  return verify ? await compareFiles(buffer, parts, signal) : null;
}

async function compareFiles(
  buffer: SharedBuffer,
  parts: readonly SourceRange[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const [expected, actual] = [new Hash(), new Hash()];
  const { address } = buffer.mapping;
  for (const { source, range } of parts) {
    if (!source.direct) source.dropFromCache();
    for (const piece of source.pieces(range, STEP_BYTES)) {
      signal?.throwIfAborted();
      const { fileOffset: offset, bufferOffset, bytes } = piece;
      const io = source.move(piece, {
        direct: true,
        io: (file) => expected.file(file, { offset, bytes }).async(),
      });
      const [hashed] = await settled([
        io,
        actual.memory({ address: address + bufferOffset, bytes }).async(),
      ]);
      source.checkWhole(hashed ?? 0n, piece);
    }
    source.checkUnchanged();
  }
  if (expected.digest() === actual.digest()) return actual.digest();
  const paths = [...new Set(parts.map(({ source }) => source.path))].join(", ");
  throw new Error(
    `${paths} and its copy differ: XXH64 ${expected.digest()} and ${actual.digest()}`,
  );
}

/** Waits for all, so that nothing is under way when one has failed. */
async function settled<T>(promises: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

async function compareSha256(
  buffer: SharedBuffer,
  parts: readonly SourceRange[],
  { expected, signal }: { expected: string; signal: AbortSignal | undefined },
): Promise<void> {
  const hash = createHash("sha256");
  const scratch = new Uint8Array(Number(PEEK_BYTES));
  for (const { range } of parts) {
    for (const { offset, bytes } of cut(range.bytes, PEEK_BYTES)) {
      // Lets signals in.
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
      const part = scratch.subarray(0, Number(bytes));
      buffer.mapping.peek(range.bufferOffset + offset, part);
      hash.update(part);
    }
  }
  const actual = hash.digest("hex");
  if (actual === expected.toLowerCase()) return;
  throw new Error(`the copy is not what was asked for: its SHA-256 is ${actual}, not ${expected}`);
}
