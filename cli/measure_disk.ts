import { isInMemory, Mapping, openFile, readAt, SystemError } from "../ffi/mod.ts";

/** One read, as large as a disk needs it for its full rate. */
const READ_BYTES = 32n << 20n;
/** The reads end after this time or this much. */
const MOST_MS = 500;
const MOST_BYTES = 512n << 20n;

/**
 * The rate of the disk below a file, by direct reads of its beginning for at most half a second. They
 * change nothing, and bypass the page cache.
 *
 * @returns bytes/s; null if the file is smaller than one read, not on a disk, or can't be read directly
 */
export async function measureDisk(path: string): Promise<number | null> {
  const { isFile, size } = Deno.statSync(path);
  if (!isFile || BigInt(size) < READ_BYTES) return null;
  using memory = new Mapping(null, READ_BYTES);
  memory.adviseIfPossible("huge-pages");
  memory.adviseIfPossible("populate-write");
  try {
    using file = openFile(path, { direct: true });
    if (isInMemory(file)) return null;
    const start = performance.now();
    const elapsed = () => performance.now() - start;
    let done = 0n;
    while (done + READ_BYTES <= BigInt(size) && done < MOST_BYTES && elapsed() < MOST_MS) {
      const range = { address: memory.address, bytes: READ_BYTES, offset: done };
      const read = await readAt(file, range).async();
      if (read !== READ_BYTES) return null;
      done += read;
    }
    return Number(done) / elapsed() * 1000;
  } catch (error) {
    if (error instanceof SystemError) return null;
    throw error;
  }
}
