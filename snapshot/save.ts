import { cut } from "../base/cut.ts";
import { makeWhole } from "../base/make_whole.ts";
import {
  CHUNK_BYTES,
  type Progress,
  Recording,
  type SaveMethod,
  type SharedBuffer,
  verifyFile,
} from "../copy/mod.ts";
import { clockMs, Hash, listHeaps, openFile, readableStatusIfThere, sync } from "../ffi/mod.ts";
import type { Handed } from "../handover/mod.ts";
import { CONTENTS, type Contents, type KeptBuffer } from "./contents.ts";
import { originOf } from "./origin.ts";

/** The number of files that are saved at once: while the metadata of one goes to the disk, the data of others does. */
const AT_ONCE = 4;

/** Options of {@linkcode snapshotBuffers}. */
export interface SnapshotOptions {
  /** Read the files again, from the disk, and compare. @default true */
  verify?: boolean | undefined;
  /** Whether to bypass the page cache: true insists. @default where possible */
  direct?: boolean | undefined;
  /** Called after each chunk. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Called after each chunk that `verify` has compared; its time is since that began. */
  onVerified?: ((progress: Progress) => void) | undefined;
  /** Stops after the current chunks; no folder remains then. */
  signal?: AbortSignal | undefined;
}

/** The result of {@linkcode snapshotBuffers}. */
export interface Snapshot {
  /** The folder. */
  folder: string;
  /** The number of buffers in it. */
  buffers: number;
  /** The sum of their sizes in bytes. */
  bytes: bigint;
  /** The methods that moved the bytes. */
  methods: readonly SaveMethod[];
  /** Whether the page cache was bypassed: observed, not assumed. */
  direct: boolean;
  /** From the call until all data was on the disk, without checksums and verification. */
  elapsedMs: number;
  /** The files were read again and compared. */
  verified: boolean;
  /** Notes about steps that did not go as planned. */
  notes: readonly string[];
}

/**
 * Saves buffers and their description in a new folder, whole or not at all. The folder has a file for
 * each buffer, up to its capacity, and `snapshot.json`. Nobody may write to the buffers meanwhile, as
 * they are saved piece by piece.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadFile, manifestOf, restoreBuffers, snapshotBuffers } from "dmacopy";
 *
 * const folder = await Deno.makeTempDir();
 * {
 *   using model = await loadFile("/etc/passwd", { to: "memfd" });
 *   const handed = { buffers: [model.buffer], manifest: manifestOf([model]) };
 *   const { buffers, verified } = await snapshotBuffers(handed, `${folder}/snapshot`);
 *   assertEquals([buffers, verified], [1, true]);
 * }
 * using restored = await restoreBuffers(`${folder}/snapshot`);
 * assertEquals([restored.buffers[0]?.kind, restored.manifest.buffers[0]?.name], ["memfd", "passwd"]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @throws {SystemError} if the kernel refuses; after any error no folder remains
 * @throws {TypeError} if the folder exists, or a buffer is of a kind that nobody could make again
 * @throws {Error} if a file differs from its buffer: somebody wrote to it
 */
export async function snapshotBuffers(
  { buffers, manifest }: Handed,
  folder: string,
  options: SnapshotOptions = {},
): Promise<Snapshot> {
  const startMs = clockMs();
  const takenMs = Date.now();
  const { verify = true, signal, onVerified } = options;
  // This throws nothing if all is well: the first throw in a process takes milliseconds.
  if (readableStatusIfThere(folder)) throw new TypeError(`${folder} exists: choose another folder`);
  if (manifest.buffers.length !== buffers.length) {
    throw new TypeError(`the manifest has ${manifest.buffers.length} of ${buffers.length} buffers`);
  }
  const files = buffers.map((_, i) => `${i}.bin`);
  let result: Snapshot | undefined;
  await makeWhole(folder, async (temporary) => {
    await Deno.mkdir(temporary, { mode: 0o700 });
    const paths = files.map((file) => `${temporary}/${file}`);
    const saved = await saveAll(buffers, paths, { ...options, startMs });
    const elapsedMs = clockMs() - startMs;
    const totalBytes = buffers.reduce((sum, { bytes }) => sum + bytes, 0n);
    if (verify) await verifyAll(buffers, paths, { totalBytes, signal, onVerified });
    const kept: KeptBuffer[] = [];
    const told = [];
    for (const [i, buffer] of buffers.entries()) {
      signal?.throwIfAborted();
      const info = manifest.buffers[i]!;
      const { content, all } = digests(buffer, BigInt(info.bytes));
      kept.push({ file: files[i]!, ...saved[i]!.origin, bytes: Number(buffer.bytes), xxh64: all });
      told.push({ ...info, verified: verify, xxh64: content });
    }
    const contents: Contents = {
      ...{ dmacopySnapshot: 1, takenAt: new Date(takenMs).toISOString(), buffers: kept },
      manifest: { ...manifest, buffers: told },
    };
    await writeForGood(`${temporary}/${CONTENTS}`, JSON.stringify(contents, null, 2) + "\n");
    signal?.throwIfAborted();
    result = {
      folder,
      buffers: buffers.length,
      bytes: totalBytes,
      methods: [...new Set(saved.map(({ method }) => method))],
      direct: saved.every(({ direct }) => direct),
      elapsedMs,
      verified: verify,
      notes: [
        ...new Set(saved.flatMap(({ fallback }) => fallback ? [`not direct: ${fallback}`] : [])),
      ],
    };
  });
  await syncFolder(folder.slice(0, folder.replace(/\/+$/, "").lastIndexOf("/") + 1) || ".");
  return result!;
}

/** A buffer that was written to its file. */
type Saved = Pick<Recording, "method" | "direct" | "fallback"> & {
  origin: ReturnType<typeof originOf>;
};

/** Writes each buffer to its own file; the folder is still unnamed, so the files need no temporary names. */
async function saveAll(
  buffers: readonly SharedBuffer[],
  paths: readonly string[],
  { startMs, direct, signal, onProgress }: SnapshotOptions & { startMs: number },
): Promise<Saved[]> {
  const totalBytes = buffers.reduce((sum, { bytes }) => sum + bytes, 0n);
  const saved: Saved[] = [];
  let heaps: readonly string[] | undefined;
  let [next, done, failed] = [0, 0n, false];
  const worker = async () => {
    for (let i = next++; i < buffers.length; i = next++) {
      const [buffer, path] = [buffers[i]!, paths[i]!];
      using file = new Recording(path, { direct });
      await file.reserve(buffer.bytes, { exactly: true });
      for (const { offset, bytes } of pieces(buffer.bytes, file.alignBytes)) {
        signal?.throwIfAborted();
        if (failed) return;
        await file.write(buffer, { fileOffset: offset, bufferOffset: offset, bytes });
        done += bytes;
        onProgress?.({ bytes: done, totalBytes, path, elapsedMs: clockMs() - startMs });
      }
      // The disk writes other buffers meanwhile.
      const origin = originOf(buffer, heaps ??= listHeaps());
      await file.finish(buffer.bytes);
      const { method, direct: isDirect, fallback } = file;
      saved[i] = { origin, method, direct: isDirect, fallback };
    }
  };
  // All workers must have ended before the folder is removed; then the first error is thrown.
  const workers = Array.from({ length: AT_ONCE }, () =>
    worker().catch((error) => {
      failed = true;
      throw error;
    }));
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return saved;
}

/** Compares each buffer with its file. */
async function verifyAll(
  buffers: readonly SharedBuffer[],
  paths: readonly string[],
  { totalBytes, signal, onVerified }:
    & Pick<SnapshotOptions, "signal" | "onVerified">
    & { totalBytes: bigint },
): Promise<void> {
  const startMs = clockMs();
  let before = 0n;
  for (const [i, buffer] of buffers.entries()) {
    signal?.throwIfAborted();
    await verifyFile(buffer, paths[i]!, {
      ...{ bytes: buffer.bytes, signal },
      onVerified: ({ bytes, path }) =>
        onVerified?.({ bytes: before + bytes, totalBytes, path, elapsedMs: clockMs() - startMs }),
    });
    before += buffer.bytes;
  }
}

/** The chunks that direct I/O can move, and the end that it can't. */
function pieces(bytes: bigint, alignBytes: bigint): { offset: bigint; bytes: bigint }[] {
  const end = bytes / alignBytes * alignBytes;
  const rest = end < bytes ? [{ offset: end, bytes: bytes - end }] : [];
  return [...cut(end, CHUNK_BYTES), ...rest];
}

/** The XXH64 of a buffer's content, and of all of it. */
function digests(buffer: SharedBuffer, bytes: bigint): { content: string; all: string } {
  const hash = new Hash();
  using _access = buffer.cpuAccess("read");
  const { address } = buffer.mapping;
  hash.memory({ address, bytes }).sync();
  const content = hash.digest();
  hash.memory({ address: address + bytes, bytes: buffer.bytes - bytes }).sync();
  return { content, all: hash.digest() };
}

async function writeForGood(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text);
  using file = openFile(path);
  await sync(file).async();
}

async function syncFolder(path: string): Promise<void> {
  using folder = openFile(path);
  await sync(folder).async();
}
