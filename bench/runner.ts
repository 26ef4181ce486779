import { cut } from "../base/cut.ts";
import {
  fileStatus,
  Hash,
  openFile,
  pageBytes,
  reserveDescriptors,
  sync,
  SystemError,
} from "../ffi/mod.ts";
import { describeEnvironment } from "./environment.ts";
import { cacheDropper, findSeries } from "./kernel.ts";
import { benchSchema } from "./migrate.ts";
import type { BenchDocument, Direction, MeasuredRow, Row, UnsupportedRow } from "./result.ts";
import { type RoundProgress, type Rounds, runRounds } from "./rounds.ts";
import { selectRows } from "./rows.ts";
import { heldBytes, runRow } from "./run_row.ts";
import { seededRandom } from "./statistics.ts";
import { summarize, withShares } from "./summary.ts";

/** Options of {@linkcode runBench}. */
export interface BenchOptions {
  /** The file to read, or the source of the data to write. */
  file: string;
  /** The rows to measure. @default the letter's rows and the limit */
  rows?: readonly Row[] | undefined;
  /** The direction of the I/O. @default "read" */
  direction?: Direction | undefined;
  /**
   * The bytes of the file to move.
   *
   * @default 1 GiB; with `quick` 256 MiB
   */
  sizeBytes?: number | undefined;
  /**
   * Size of a buffer.
   *
   * @default 32 MiB
   */
  chunkBytes?: number | undefined;
  /**
   * Rounds after the warm-up.
   *
   * @default 5; with `quick` 1
   */
  runs?: number | undefined;
  /**
   * The seed of the row order and of the bootstrap.
   *
   * @default 1
   */
  seed?: number | undefined;
  /** Use the defaults of a first look. */
  quick?: boolean | undefined;
}

/** Options to follow and to end {@linkcode runBench}. */
export interface BenchHooks {
  /** Called before each row. */
  onProgress?: ((progress: RoundProgress) => void) | undefined;
  /** Called after each run of a row with the finished rows, as an interrupted bench. */
  onFinished?: ((document: BenchDocument) => void) | undefined;
  /** Ends the bench after the current buffer; the document has the finished rows. */
  signal?: AbortSignal | undefined;
}

/** A bench that can't start: the message says what to change. */
export class BenchError extends Error {
  /** The class's name. */
  override readonly name = "BenchError";
}

const mebibyte = 2 ** 20;

/** The default number of rounds. */
export function defaultRuns(quick = false): number {
  return quick ? 1 : 5;
}

/** The default sizes of the file and of a buffer. */
export function defaultSizes(quick = false): { sizeBytes: number; chunkBytes: number } {
  return { sizeBytes: (quick ? 256 : 1024) * mebibyte, chunkBytes: 32 * mebibyte };
}

function withDefaults(options: BenchOptions) {
  const { quick = false } = options;
  return {
    rows: options.rows ?? selectRows(),
    direction: options.direction ?? "read",
    sizeBytes: options.sizeBytes ?? defaultSizes(quick).sizeBytes,
    chunkBytes: options.chunkBytes ?? defaultSizes(quick).chunkBytes,
    runs: options.runs ?? defaultRuns(quick),
    seed: options.seed ?? 1,
  };
}

type Settings = ReturnType<typeof withDefaults>;

/** The memory that the kernel needs besides the buffers: caches, pipes, this program. */
const reserveBytes = 128 * mebibyte;

/** The descriptors of a buffer: its memfd and its dma-buf. */
const descriptorsPerBuffer = 2;
/** The descriptors of files and pipes. */
const otherDescriptors = 16;

/** Otherwise the first row with many buffers would wait until the table has grown. */
async function reserveForBuffers({ sizeBytes, chunkBytes }: Settings): Promise<void> {
  const held = Math.min(sizeBytes, Number(heldBytes));
  await reserveDescriptors(Math.ceil(held / chunkBytes) * descriptorsPerBuffer + otherDescriptors);
}

function availableBytes(): number {
  const line = /^MemAvailable:\s+(\d+) kB$/m.exec(Deno.readTextFileSync("/proc/meminfo"));
  return line === null ? Infinity : Number(line[1]) * 1024;
}

function fileBytes(path: string): number {
  try {
    using file = openFile(path);
    const status = fileStatus(file);
    if (!status.isFile) throw new BenchError(`${path} is not a regular file: name one`);
    return Number(status.bytes);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new BenchError(`can't read ${path}: ${error.code}`, { cause: error });
  }
}

/** A write creates its file beside the source. */
function checkWritable(path: string): void {
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : ".";
  try {
    Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: ".dmacopy-" }));
  } catch (cause) {
    throw new BenchError(`can't write beside ${path}: copy it to a folder where you may write`, {
      cause,
    });
  }
}

function check(path: string, { direction, sizeBytes, chunkBytes, runs, seed }: Settings): void {
  const page = Number(pageBytes());
  const bytes = fileBytes(path);
  const wrong = [
    [sizeBytes % page !== 0 || sizeBytes <= 0, `the size must be whole pages of ${page} bytes`],
    [chunkBytes % page !== 0 || chunkBytes <= 0, `the chunk must be whole pages of ${page} bytes`],
    [chunkBytes > Number(heldBytes), `the chunk must be at most ${heldBytes} bytes`],
    [!Number.isInteger(runs) || runs < 1, "the runs must be a whole number from 1"],
    [!Number.isInteger(seed) || seed < 0, "the seed must be a whole number from 0"],
    [bytes < sizeBytes, `${path} has ${bytes} bytes, less than the size of ${sizeBytes}`],
  ] as const;
  for (const [is, message] of wrong) if (is) throw new BenchError(message);
  if (direction === "write") checkWritable(path);
  const needed = Math.min(sizeBytes, Number(heldBytes)) + reserveBytes;
  if (availableBytes() < needed) {
    throw new BenchError(
      `the buffers need ${needed / mebibyte} MiB of memory, ` +
        `${Math.floor(availableBytes() / mebibyte)} MiB are free: choose a smaller size`,
    );
  }
}

/** Digests of the file's first chunk and of its first `sizeBytes`, by ordinary reads. */
interface Digests {
  chunk: string;
  whole: string;
}

/**
 * Works in steps, so that signals are handled; an interruption makes the digests useless. It also writes
 * the file back, as dirty pages can't be dropped from the cache.
 */
async function digestsOf(path: string, settings: Settings, signal?: AbortSignal): Promise<Digests> {
  const { sizeBytes, chunkBytes } = settings;
  using file = openFile(path);
  await sync(file).async();
  const hash = new Hash();
  let chunk: string | null = null;
  for (const range of cut(BigInt(sizeBytes), BigInt(chunkBytes))) {
    if (signal?.aborted) break;
    await hash.file(file, range).async();
    chunk ??= hash.digest();
  }
  return { chunk: chunk ?? hash.digest(), whole: hash.digest() };
}

/**
 * Measures rows on the running kernel. Rows that it does not support are `unsupported` in the document,
 * with the reason.
 *
 * @throws {BenchError} if the file or a setting is unsuitable.
 */
export async function runBench(
  options: BenchOptions,
  hooks: BenchHooks = {},
): Promise<BenchDocument> {
  const { onProgress, onFinished, signal } = hooks;
  const settings = withDefaults(options);
  const { rows, direction, sizeBytes, chunkBytes, runs, seed } = settings;
  check(options.file, settings);
  await reserveForBuffers(settings);
  const caches = cacheDropper();
  const environment = await describeEnvironment(options.file, {
    series: findSeries(),
    cachesDropped: caches.works,
  });
  const digests = await digestsOf(options.file, settings, signal);
  const moved = (round: number) =>
    round === 0
      ? { sizeBytes: BigInt(Math.min(chunkBytes, sizeBytes)), digest: digests.chunk }
      : { sizeBytes: BigInt(sizeBytes), digest: digests.whole };

  const documentOf = (found: Rounds): BenchDocument => {
    const random = seededRandom(seed);
    const finished = rows.flatMap((row): (MeasuredRow | UnsupportedRow)[] => {
      const unsupported = found.unsupported.get(row);
      if (unsupported !== undefined) return [{ ...row, unsupported }];
      const samples = found.samples.get(row);
      return samples === undefined ? [] : [summarize(row, samples, { sizeBytes, random })];
    });
    return {
      schema: benchSchema,
      environment,
      direction,
      sizeBytes,
      chunkBytes,
      runs,
      seed,
      interrupted: found.interrupted,
      rows: withShares(finished),
    };
  };
  const found = await runRounds(rows, (row, round) =>
    runRow(row, {
      path: options.file,
      chunkBytes: BigInt(chunkBytes),
      ...moved(round),
      direction,
      round,
      clock: environment.clock,
      dropCaches: caches.drop,
      signal,
    }), {
    ...{ runs, seed, signal, onProgress },
    onFound: onFinished && ((found) => onFinished(documentOf(found))),
  });
  return documentOf(found);
}
