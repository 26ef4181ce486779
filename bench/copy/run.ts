import { createBuffer, layOutFiles, loadRanges, planLoad, probe } from "../../copy/mod.ts";
import { describeEnvironment } from "../environment.ts";
import { cacheDropper, findSeries } from "../kernel.ts";
import type { Environment } from "../result.ts";
import { type MadeFiles, makeFiles } from "./files.ts";
import { fillPageCache, makeCold } from "./page_cache.ts";
import {
  type CopyBenchDocument,
  type CopyResult,
  copyResult,
  type CopySample,
  type UnsupportedCopy,
} from "./result.ts";
import type { CopyRow } from "./rows.ts";
import { copyOnce } from "./run_row.ts";

/** For files of this size and less, V8's time counts. */
const SMALL_BYTES = 1 << 20;
/** V8 is fast from the tenth copy on. */
const WARM_UP_COPIES = 12;

/** Options of {@linkcode runCopyBench}. */
export interface CopyBenchOptions {
  /** The file to copy; its content also fills the files that are made beside it. */
  file: string;
  rows: readonly CopyRow[];
  /** Rounds after the first, which is verified and not timed. */
  runs: number;
  /** This command line, for rows about the first call of a process. */
  command: readonly string[];
  onProgress?: ((progress: { row: CopyRow; done: number; total: number }) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Measures copies on the running kernel. */
export async function runCopyBench(options: CopyBenchOptions): Promise<CopyBenchDocument> {
  const { file, rows, runs, onProgress } = options;
  const caches = cacheDropper();
  const environment = await describeEnvironment(file, {
    series: findSeries(),
    cachesDropped: caches.works,
  });
  const found: (CopyResult | UnsupportedCopy)[] = [];
  for (const [done, row] of rows.entries()) {
    onProgress?.({ row, done, total: rows.length });
    const unsupported = whyNot(row);
    found.push(
      unsupported === null
        ? await measureRow(row, { ...options, environment, dropCaches: caches.drop })
        : { ...row, unsupported },
    );
  }
  return { schema: "dmacopy-bench-copy-1", environment, runs, rows: found };
}

function whyNot({ to }: CopyRow): string | null {
  try {
    planLoad(probe(), { kind: to });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

interface Conditions extends CopyBenchOptions {
  environment: Environment;
  dropCaches: () => void;
}

async function measureRow(row: CopyRow, conditions: Conditions): Promise<CopyResult> {
  const { file, runs, command, signal, environment, dropCaches } = conditions;
  using files = await makeFiles(row.files, file);
  const bytes = bytesOf(files);
  await warmUp(row, files, { command, bytes, signal });
  const samples: CopySample[] = [];
  for (let round = 0; round <= runs; round++) {
    signal?.throwIfAborted();
    makeCold(files.paths);
    dropCaches();
    if (row.fullCache) fillPageCache(file);
    const sample = await copyOnce(row, files, { command, verify: round === 0 });
    if (round > 0) samples.push(sample);
  }
  const deviceMs = environment.device === null
    ? await measureDevice(files)
    : environment.device.latencyUs / 1e3 + bytes / environment.device.bytesPerSecond * 1e3;
  return copyResult(row, { bytes, deviceMs, samples });
}

/**
 * Copies a small file some times, unless the row is about the first copy: each of the first ten takes
 * up to three milliseconds, and later ones take one.
 */
async function warmUp(
  row: CopyRow,
  files: MadeFiles,
  { command, bytes, signal }: Pick<CopyBenchOptions, "command" | "signal"> & { bytes: number },
): Promise<void> {
  if (row.firstCall || bytes > SMALL_BYTES) return;
  for (let call = 0; call < WARM_UP_COPIES; call++) {
    signal?.throwIfAborted();
    await copyOnce(row, files, { command, verify: false });
  }
}

function bytesOf({ paths, ranges }: MadeFiles): number {
  if (ranges) return ranges.reduce((sum, { bytes }) => sum + Number(bytes), 0);
  return paths.reduce((sum, path) => sum + Deno.statSync(path).size, 0);
}

/** The time of a disk without a model: direct reads into existing memory. */
async function measureDevice({ paths, ranges }: MadeFiles): Promise<number> {
  const files = paths.map((path) => ({ path, bytes: BigInt(Deno.statSync(path).size) }));
  const all = ranges ?? layOutFiles(files);
  const end = all.reduce((most, { bufferOffset, bytes }) => {
    const end = bufferOffset + bytes;
    return end > most ? end : most;
  }, 0n);
  using into = createBuffer("memfd", end, { pages: "thp", populate: true });
  makeCold(paths);
  using loaded = await loadRanges(all, { into });
  return loaded.elapsedMs;
}
