import { cacheFolder } from "../base/cache_folder.ts";
import { cut } from "../base/cut.ts";
import { exists } from "../base/exists.ts";
import { makeWhole } from "../base/make_whole.ts";
import { writeWhole } from "../base/write_whole.ts";
import {
  type BenchDocument,
  type BenchOptions,
  renderJson,
  type RoundProgress,
  runBench,
  selectRows,
} from "../bench/mod.ts";
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
/** The most that getRandomValues() gives at once. */
const STEP_BYTES = 2n ** 16n;

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
      onFinished: partial === undefined
        ? undefined
        : (document) => writeWhole(partial, renderJson(document)),
    });
  });
}

function showIn(status: StatusLine): (progress: RoundProgress) => void {
  const bench = new BenchProgress([0]);
  return (progress) => {
    const { what, detail } = bench.describe(0, stepOf(progress), performance.now());
    status.update(what, detail);
  };
}

function tell(progress: RoundProgress): void {
  console.error(JSON.stringify(stepOf(progress)));
}

/** The guest gets no signal from outside, but a file. */
function mustStop(): boolean {
  const path = Deno.env.get(STOP_VARIABLE);
  return path !== undefined && exists(path);
}

/** A file of random data in the cache, at least `bytes` long; made at the first call. */
async function randomFile(
  bytes: bigint,
  options: { signal: AbortSignal; onProgress: () => void },
): Promise<string> {
  const path = `${cacheFolder("bench")}/random-${bytes}.bin`;
  if (!exists(path)) await makeWhole(path, (temporary) => writeRandom(temporary, bytes, options));
  return path;
}

async function writeRandom(
  path: string,
  bytes: bigint,
  { signal, onProgress }: { signal: AbortSignal; onProgress: () => void },
): Promise<void> {
  const stream = function* () {
    for (const step of cut(bytes, STEP_BYTES)) {
      onProgress();
      yield crypto.getRandomValues(new Uint8Array(Number(step.bytes)));
    }
  };
  await Deno.writeFile(path, ReadableStream.from(stream()), { signal });
}

/** The request as options of the bench. */
export function benchOptions(request: Request, file: string): BenchOptions {
  const { rows, size, chunk, runs, seed, quick, direction } = request;
  return {
    ...{ file, rows: selectRows(rows), runs, seed, quick, direction },
    sizeBytes: size === undefined ? undefined : Number(size),
    chunkBytes: chunk === undefined ? undefined : Number(chunk),
  };
}
