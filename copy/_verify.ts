import { createHash } from "node:crypto";
import { Hash } from "../ffi/mod.ts";
import type { SharedBuffer } from "./buffer.ts";
import type { FileRange, LoadFileOptions } from "./load_ranges.ts";
import type { Source } from "./_source.ts";

const STEP_BYTES = 32n << 20n;
const PEEK_BYTES = 1 << 20;

/** What {@linkcode verifyBuffer} compares. */
interface Verification extends Pick<LoadFileOptions, "verify" | "sha256" | "signal"> {
  sources: ReadonlyMap<string, Source>;
  layout: readonly FileRange[];
}

/**
 * Compares a buffer with the files, read again from the disk, and with the SHA-256, as asked for.
 *
 * @returns the XXH64 of the content if the files were read again
 * @throws {Error} if they differ
 */
export async function verifyBuffer(
  buffer: SharedBuffer,
  options: Verification,
): Promise<string | null> {
  buffer.beginCpuAccess("read");
  try {
    if (options.sha256 !== undefined) await compareSha256(buffer, options.sha256, options);
    return options.verify ? await compareFiles(buffer, options) : null;
  } finally {
    buffer.endCpuAccess("read");
  }
}

async function compareFiles(
  buffer: SharedBuffer,
  { sources, layout, signal }: Verification,
): Promise<string> {
  const [expected, actual] = [new Hash(), new Hash()];
  const { address } = buffer.mapping;
  for (const range of layout) {
    const source = sources.get(range.path)!;
    if (!source.direct) source.dropFromCache();
    for (const piece of source.pieces(range, STEP_BYTES)) {
      signal?.throwIfAborted();
      const { fileOffset: offset, bufferOffset, bytes } = piece;
      const [hashed] = await settled([
        expected.file(source.descriptorFor(piece), { offset, bytes }).async(),
        actual.memory({ address: address + bufferOffset, bytes }).async(),
      ]);
      source.checkWhole(hashed ?? 0n, piece);
    }
    source.checkUnchanged();
  }
  if (expected.digest() === actual.digest()) return actual.digest();
  const paths = [...new Set(layout.map(({ path }) => path))].join(", ");
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
  expected: string,
  { layout, signal }: Verification,
): Promise<void> {
  const hash = createHash("sha256");
  const scratch = new Uint8Array(PEEK_BYTES);
  for (const { bufferOffset, bytes } of layout) {
    for (let done = 0n; done < bytes; done += BigInt(PEEK_BYTES)) {
      // Lets signals in.
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
      const left = bytes - done;
      const part = scratch.subarray(0, left < PEEK_BYTES ? Number(left) : PEEK_BYTES);
      buffer.mapping.peek(bufferOffset + done, part);
      hash.update(part);
    }
  }
  const actual = hash.digest("hex");
  if (actual === expected.toLowerCase()) return;
  throw new Error(`the copy is not what was asked for: its SHA-256 is ${actual}, not ${expected}`);
}
