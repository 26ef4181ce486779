import {
  type LoadedBuffer,
  loadFiles,
  type LoadMethod,
  type Progress,
  type SharedBuffer,
} from "../copy/mod.ts";
import type { Handed, Manifest } from "../handover/mod.ts";
import { CONTENTS, type KeptBuffer, parseContents } from "./contents.ts";

/** Options of {@linkcode restoreBuffers}. */
export interface RestoreOptions {
  /** Compare the buffers with the snapshot's checksums. @default true */
  verify?: boolean | undefined;
  /** Whether to bypass the page cache: true insists. @default where possible */
  direct?: boolean | undefined;
  /** Called after each chunk. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Stops after the current chunks. */
  signal?: AbortSignal | undefined;
}

/** Restored buffers, to hand over. Disposing it closes them. */
export interface Restored extends Handed, Disposable {
  /** The buffers, in the manifest's order. */
  buffers: readonly SharedBuffer[];
  /** The task's description of them. */
  manifest: Manifest;
  /** The time of the snapshot, in ISO 8601. */
  takenAt: string;
  /** The sum of their sizes in bytes. */
  bytes: bigint;
  /** The methods that moved the bytes. */
  methods: readonly LoadMethod[];
  /** Whether the page cache was bypassed: observed, not assumed. */
  direct: boolean;
  /** The time until all buffers could be used, without verification. */
  elapsedMs: number;
  /** The buffers have the snapshot's checksums. */
  verified: boolean;
  /** Notes about steps that did not go as planned. */
  notes: readonly string[];
}

/**
 * Makes the buffers of a snapshot again, with the same kinds, sizes and contents.
 *
 * @throws {SystemError} if the kernel refuses; after any error nothing stays open
 * @throws {TypeError} if the folder is not a snapshot
 * @throws {Error} if a kind of buffer can't be made here, or the content differs from the saved one
 */
export async function restoreBuffers(
  folder: string,
  { verify = true, direct, signal, onProgress }: RestoreOptions = {},
): Promise<Restored> {
  const { takenAt, buffers: kept, manifest } = await readContents(folder);
  for (const { file, bytes } of kept) checkSize(`${folder}/${file}`, bytes);
  const totalBytes = BigInt(kept.reduce((sum, { bytes }) => sum + bytes, 0));
  using loading = new DisposableStack();
  const files: LoadedBuffer[] = [];
  let elapsedMs = 0;
  let before = 0n;
  for (const group of groups(kept)) {
    const [{ kind, heap }] = group;
    const loaded = loading.use(
      await loadFiles(group.map(({ file }) => `${folder}/${file}`), {
        ...{ to: kind, heap: heap ?? undefined, direct, signal, checksum: verify },
        onProgress: (progress) =>
          onProgress?.({
            ...progress,
            bytes: before + progress.bytes,
            totalBytes,
            elapsedMs: elapsedMs + progress.elapsedMs,
          }),
      }),
    );
    elapsedMs += loaded.elapsedMs;
    before += BigInt(group.reduce((sum, { bytes }) => sum + bytes, 0));
    files.push(...loaded.files);
  }
  if (verify) {
    for (const [i, { file, xxh64 }] of kept.entries()) {
      if (files[i]!.checksum !== xxh64) {
        throw new Error(`${folder}/${file} is damaged: its XXH64 is not the snapshot's, ${xxh64}`);
      }
    }
  }
  const opened = loading.move();
  return {
    buffers: files.map(({ buffer }) => buffer),
    manifest: {
      ...manifest,
      buffers: manifest.buffers.map((info) => ({ ...info, verified: verify })),
    },
    takenAt,
    bytes: totalBytes,
    methods: [...new Set(files.map(({ method }) => method))],
    direct: files.every(({ direct }) => direct),
    elapsedMs,
    verified: verify,
    notes: [...new Set(files.flatMap(({ notes }) => notes))],
    [Symbol.dispose]: () => opened.dispose(),
  };
}

async function readContents(folder: string) {
  try {
    return parseContents(await Deno.readTextFile(`${folder}/${CONTENTS}`));
  } catch (cause) {
    if (cause instanceof TypeError) throw new TypeError(`${folder}: ${cause.message}`, { cause });
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) {
      throw cause;
    }
    throw new TypeError(`${folder} is not a snapshot: it has no ${CONTENTS}`, { cause });
  }
}

function checkSize(path: string, bytes: number): void {
  const { size } = Deno.statSync(path);
  if (size !== bytes) throw new Error(`${path} is damaged: it has ${size} bytes, not ${bytes}`);
}

/** Groups consecutive buffers of the same kind. */
function groups(kept: readonly KeptBuffer[]): [KeptBuffer, ...KeptBuffer[]][] {
  const runs: [KeptBuffer, ...KeptBuffer[]][] = [];
  for (const buffer of kept) {
    const [last] = runs.at(-1) ?? [];
    if (last?.kind === buffer.kind && last.heap === buffer.heap) runs.at(-1)!.push(buffer);
    else runs.push([buffer]);
  }
  return runs;
}
