import { createHash } from "node:crypto";
import { compareMemory, type Descriptor } from "../ffi/mod.ts";
import { accessMapping } from "./_access.ts";
import type { SharedBuffer } from "./buffer.ts";
import type { Range } from "./method.ts";
import { cut } from "../base/cut.ts";
import type { Piece } from "./_pieces.ts";
import type { ProgressCount } from "./_progress_count.ts";
import { NOTHING_TO_PREPARE, runPipeline } from "./_pipeline.ts";
import { Scratch } from "./_scratch.ts";
import type { Source } from "./_source.ts";
import { CHUNK_BYTES, DEPTH } from "./tuning.ts";

const PEEK_BYTES = 1n << 20n;

/** A part of an open file, and its place in a buffer. */
export interface SourceRange {
  source: Source;
  range: Range;
}

/** The comparisons that {@linkcode verifyBuffer} makes. */
export interface Verification {
  verify?: boolean | undefined;
  sha256?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Counts the compared bytes. */
  progress?: ProgressCount | undefined;
}

/**
 * Compares a buffer with the files, read again from the disk, or with a SHA-256, or both.
 *
 * @throws {Error} if they differ
 */
export async function verifyBuffer(
  buffer: SharedBuffer,
  parts: readonly SourceRange[],
  { verify = false, sha256, signal, progress }: Verification,
): Promise<void> {
  if (!verify && sha256 === undefined) return;
  using _access = accessMapping(buffer, "read");
  if (sha256 !== undefined) await compareSha256(buffer, parts, { expected: sha256, signal });
  if (verify) await compareFiles(buffer, parts, { signal, progress });
}

/** A piece of a file to compare. */
interface Task {
  source: Source;
  piece: Piece;
}

/** Compares one piece while others are read. */
async function compareFiles(
  buffer: SharedBuffer,
  parts: readonly SourceRange[],
  { signal, progress }: Pick<Verification, "signal" | "progress">,
): Promise<void> {
  const { address } = buffer.mapping;
  using scratch = new Scratch({ chunkBytes: CHUNK_BYTES, depth: DEPTH });
  const compare = (file: Descriptor, { source, piece }: Task, alignBytes: bigint) =>
    scratch.read(file, {
      offset: piece.fileOffset,
      bytes: piece.bytes,
      alignBytes,
      async use({ address: read, done, bytes }) {
        const at = piece.bufferOffset + done;
        const same = await compareMemory({ a: read, b: address + at, bytes }).async();
        if (same === bytes) return;
        throw new Error(`${source.path} and its copy differ at byte ${at + same} of the buffer`);
      },
    });
  for (const { source } of parts) {
    if (!source.direct) source.dropFromCache();
  }
  const tasks = parts.flatMap(({ source, range }) =>
    source.pieces(range, CHUNK_BYTES).map((piece) => ({ source, piece }))
  );
  await runPipeline<Task>(tasks, {
    ...NOTHING_TO_PREPARE,
    movers: DEPTH,
    signal,
    async move(task) {
      const { source, piece } = task;
      const moved = await source.move(piece, {
        direct: true,
        io: (file) => compare(file, task, 1n),
        around: (file) => compare(file, task, source.alignBytes),
      });
      source.checkWhole(moved, piece);
      progress?.add(task);
    },
  });
  for (const { source } of parts) source.checkUnchanged();
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
      // Lets signals be handled.
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
      const part = scratch.subarray(0, Number(bytes));
      buffer.mapping.peek(range.bufferOffset + offset, part);
      hash.update(part);
    }
  }
  const actual = hash.digest("hex");
  if (actual === expected.toLowerCase()) return;
  throw new Error(`the content is not the expected one: its SHA-256 is ${actual}, not ${expected}`);
}
