import type { SharedBuffer } from "./buffer.ts";
import { Source } from "./_source.ts";
import { verifyBuffer } from "./_verify.ts";

/**
 * Compares a buffer's first bytes with a file, read from the disk.
 *
 * @throws {Error} if they differ
 */
export async function verifyFile(
  buffer: SharedBuffer,
  path: string,
  { bytes, signal }: { bytes: bigint; signal?: AbortSignal | undefined },
): Promise<void> {
  using source = new Source(path);
  source.readDirectly({ insist: false });
  const range = { fileOffset: 0n, bufferOffset: 0n, bytes };
  await verifyBuffer(buffer, [{ source, range }], { verify: true, signal });
}
