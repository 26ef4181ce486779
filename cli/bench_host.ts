import { type BenchDocument, runBench } from "../bench/mod.ts";
import { cacheDirectory } from "../ffi/build_shim.ts";
import { benchOptions, type Request } from "./bench_place.ts";
import { formatDuration } from "./format.ts";
import { interruptible } from "./interruptible.ts";
import { statusLine } from "./status_line.ts";

/** Set for the bench in the guest: write each step as a line on stderr. */
export const STEPS_VARIABLE = "DMACOPY_STEPS";
const DEFAULT_BYTES = 2n ** 30n;
const STEP_BYTES = 1 << 16;

/** Measures the running kernel. */
export async function measureHere(request: Request): Promise<BenchDocument> {
  using status = statusLine({ quiet: request.quiet, steps: Deno.env.has(STEPS_VARIABLE) });
  return await interruptible(async (signal) => {
    const file = request.file ?? await randomFile(request.size ?? DEFAULT_BYTES, {
      signal,
      onProgress: () => status.update("making a file of random data"),
    });
    return await runBench(benchOptions(request, file), {
      signal,
      onProgress: ({ row, round, runs, done, total, etaMs }) =>
        status.update(
          `row ${row.id} (${done + 1} of ${total})`,
          `${round === 0 ? "warm-up" : `round ${round} of ${runs}`}` +
            (etaMs === null ? "" : `, ${formatDuration(etaMs)} left`),
        ),
    });
  });
}

/** A file of random data in the cache, at least `bytes` long; made at the first call. */
async function randomFile(
  bytes: bigint,
  options: { signal: AbortSignal; onProgress: () => void },
): Promise<string> {
  const folder = `${cacheDirectory()}/bench`;
  const path = `${folder}/random-${bytes}.bin`;
  const made = await Deno.stat(path).then(() => true, () => false);
  if (made) return path;
  await Deno.mkdir(folder, { recursive: true });
  const temporary = `${path}.${Deno.pid}.tmp`;
  try {
    await writeRandom(temporary, bytes, options);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  return path;
}

async function writeRandom(
  path: string,
  bytes: bigint,
  { signal, onProgress }: { signal: AbortSignal; onProgress: () => void },
): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const step = new Uint8Array(STEP_BYTES);
  for (let left = bytes; left > 0n; left -= BigInt(STEP_BYTES)) {
    signal.throwIfAborted();
    onProgress();
    const part = left < STEP_BYTES ? step.subarray(0, Number(left)) : step;
    await writeAll(file, crypto.getRandomValues(part));
  }
  await file.sync();
}

async function writeAll(file: Deno.FsFile, data: Uint8Array): Promise<void> {
  for (let done = 0; done < data.length;) done += await file.write(data.subarray(done));
}
