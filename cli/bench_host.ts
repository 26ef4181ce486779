import {
  type BenchDocument,
  type BenchOptions,
  type Progress,
  renderJson,
  runBench,
  selectRows,
} from "../bench/mod.ts";
import { cacheDirectory } from "../ffi/build_shim.ts";
import { writeFileSync } from "./bench_outputs.ts";
import type { Request } from "../guests/request.ts";
import {
  BenchProgress,
  PARTIAL_VARIABLE,
  stepOf,
  STEPS_VARIABLE,
  STOP_VARIABLE,
} from "../guests/steps.ts";
import { InterruptedError, interruptible } from "../terminal/interruptible.ts";
import { type StatusLine, statusLine } from "../terminal/status_line.ts";

const DEFAULT_BYTES = 2n ** 30n;
const STEP_BYTES = 1 << 16;

/** Measures the running kernel. */
export async function measureHere(request: Request): Promise<BenchDocument> {
  using status = statusLine({ quiet: request.quiet, steps: true });
  const show = Deno.env.has(STEPS_VARIABLE) ? tell : showIn(status);
  const stop = new AbortController();
  const partial = Deno.env.get(PARTIAL_VARIABLE);
  return await interruptible(async (signal) => {
    const file = request.file ?? await randomFile(request.size ?? DEFAULT_BYTES, {
      signal,
      onProgress: () => status.update("making a file of random data"),
    });
    return await runBench(benchOptions(request, file), {
      signal: AbortSignal.any([signal, stop.signal]),
      onProgress: (progress) => {
        show(progress);
        if (mustStop()) stop.abort(new InterruptedError());
      },
      ...(partial !== undefined && {
        onFinished: (document) => writeFileSync(partial, renderJson(document)),
      }),
    });
  });
}

function showIn(status: StatusLine): (progress: Progress) => void {
  const bench = new BenchProgress([0]);
  return (progress) => {
    const { what, detail } = bench.describe(0, stepOf(progress), performance.now());
    status.update(what, detail);
  };
}

function tell(progress: Progress): void {
  console.error(JSON.stringify(stepOf(progress)));
}

/** No signal comes from outside the guest; a file does. */
function mustStop(): boolean {
  const path = Deno.env.get(STOP_VARIABLE);
  if (path === undefined) return false;
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
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

/** The request in the bench's words. */
export function benchOptions(request: Request, file: string): BenchOptions {
  const { rows, size, chunk, runs, seed, quick, direction } = request;
  return {
    file,
    ...(rows !== undefined && { rows: selectRows(rows) }),
    ...(size !== undefined && { sizeBytes: Number(size) }),
    ...(chunk !== undefined && { chunkBytes: Number(chunk) }),
    ...(runs !== undefined && { runs }),
    ...(seed !== undefined && { seed }),
    ...(quick !== undefined && { quick }),
    ...(direction !== undefined && { direction }),
  };
}
