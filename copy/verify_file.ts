import { clockMs } from "../ffi/mod.ts";
import { ProgressCount } from "./_progress_count.ts";
import type { Progress } from "./load.ts";
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
  { bytes, signal, onVerified }: {
    bytes: bigint;
    signal?: AbortSignal | undefined;
    /** Called after each chunk. */
    onVerified?: ((progress: Progress) => void) | undefined;
  },
): Promise<void> {
  using source = new Source(path);
  source.readDirectly({ insist: false });
  const range = { fileOffset: 0n, bufferOffset: 0n, bytes };
  const progress = new ProgressCount(clockMs(), onVerified);
  progress.begin(range.bytes);
  await verifyBuffer(buffer, [{ source, range }], { verify: true, signal, progress });
}
