import {
  type BenchDocument,
  defaultRuns,
  describeCommit,
  parseDocument,
  selectRows,
} from "../bench/mod.ts";
import {
  buildKernel,
  DEFAULT_DEVICE,
  DEFAULT_MODEL_BYTES,
  type Device,
  LabError,
} from "../kernel/lab/mod.ts";
import type { Request } from "./request.ts";
import {
  BenchProgress,
  lineReader,
  parseStep,
  PARTIAL_VARIABLE,
  STEPS_VARIABLE,
  STOP_VARIABLE,
} from "./steps.ts";
import { runSession, showProgress } from "./session.ts";
import { type StatusLine, statusLine } from "../terminal/status_line.ts";
import { stoppable, type StopSignals } from "../terminal/stoppable.ts";

const RESULT = "result.json";
/** The file with the rows that were finished when the guest died. */
const PARTIAL = "partial.json";
/** The file on the guest's data disk. */
const FILE = "/data/model.bin";
/**
 * 2 MiB pages to set aside for rows on hugetlbfs: twice the 1 GiB of buffers that a row holds, as
 * mapping a memfd whose pages a udmabuf has allocated reserves as many again.
 */
const HUGEPAGES = 1100;
const HUGEPAGE_MIB = 2;
/** A guest's memory, besides the pages set aside. */
const MEMORY_MIB = 4096;
const TIME_LIMIT_MS = 4 * 60 * 60_000;
/** The options that the bench in the guest gets from the command line here. */
const PASSED_ON = ["rows", "size", "chunk", "runs", "seed", "direction"] as const;

/** The task of one guest. */
export interface GuestTask {
  request: Request;
  /** The text before the row in the progress, to tell tasks apart. @default "" */
  label?: string;
}

/** The state that the guests of one command share. */
interface Context extends StopSignals {
  status: StatusLine;
  progress: BenchProgress;
  commit: string;
  /** Called with the result of a guest. */
  keep: (document: BenchDocument) => void;
}

/** The results of guests, and the failure that ended them early, if any. */
export interface Measured<T> {
  found: T;
  failure: LabError | null;
}

/**
 * Measures each task in its own guest, by the command line in the guest, with `guests` of them at
 * once. The first Ctrl-C ends all guests after their current row. If a guest dies, all end, and the
 * finished rows are kept.
 *
 * @throws {LabError} if a guest or the bench in it fails before anything is finished
 */
export async function measureInGuests(
  tasks: readonly GuestTask[],
  { guests, quiet, onFound }: {
    guests: number;
    quiet: boolean;
    /** Called with all results so far whenever a guest has ended. */
    onFound?: (found: BenchDocument[]) => void;
  },
): Promise<Measured<BenchDocument[]>> {
  using status = statusLine({ quiet, steps: true });
  const progress = new BenchProgress(tasks.map(({ request }) => runsIn(request)));
  const commit = await describeCommit() ?? "";
  const documents: BenchDocument[] = [];
  let failure: LabError | null = null;
  const onStop = () => {
    status.clear();
    console.error(
      "ending after the current rows; Ctrl-C again ends at once, and nothing is written",
    );
  };
  await stoppable(async (signals) => {
    // Otherwise the guests would wait for each other's builds.
    for (const { arch, base, kernel } of tasks.map(({ request }) => request)) {
      await buildKernel({
        arch,
        base,
        variant: kernel,
        onProgress: showProgress(status),
        signal: signals.signal,
      });
    }
    const failing = new AbortController();
    const signal = AbortSignal.any([signals.signal, failing.signal]);
    let next = 0;
    const worker = async () => {
      while (next < tasks.length && !signals.stop.aborted && !failing.signal.aborted) {
        const index = next++;
        await measureInGuest(tasks, index, {
          ...{ ...signals, signal, status, progress, commit },
          keep: (document) => {
            documents[index] = document;
            onFound?.(documents.filter((it) => it !== undefined));
          },
        });
      }
    };
    const workers = Array.from(
      { length: guests },
      () => worker().catch((error) => failing.abort(error)),
    );
    await Promise.all(workers);
    if (!failing.signal.aborted) return;
    const { reason } = failing.signal;
    if (!(reason instanceof LabError) || documents.every((it) => it === undefined)) throw reason;
    const { message, lines } = reason;
    failure = new LabError(`${message}: only finished rows are kept`, { lines });
  }, { keeps: () => progress.begun, onStop });
  return { found: documents.filter((document) => document !== undefined), failure };
}

function runsIn({ rows, quick, runs = defaultRuns(quick) }: Request): number {
  return selectRows(rows).length * runs;
}

async function measureInGuest(
  tasks: readonly GuestTask[],
  index: number,
  { status, progress, commit, keep, stop, signal }: Context,
): Promise<void> {
  const { request, label = "" } = tasks[index]!;
  const { arch, base, kernel, clock, filesystem } = request;
  const hugepages = selectRows(request.rows).some(({ pages }) => pages === "hugetlb")
    ? HUGEPAGES
    : 0;
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-bench-" });
  let said = "";
  const onLine = (line: string) => {
    const step = parseStep(line);
    if (step === null) return void (said = line || said);
    const { what, detail } = progress.describe(index, step, performance.now());
    status.update(label + what, detail);
  };
  try {
    const result = await runSession(guestCommand(request), {
      ...{ arch, base, kernel, clock, filesystem, device: deviceOf(request) },
      modelBytes: Math.max(Number(request.size ?? 0n), DEFAULT_MODEL_BYTES),
      memoryMiB: MEMORY_MIB + hugepages * HUGEPAGE_MIB,
      hugepages,
      kernelArguments: SAME_ADDRESSES,
      env: {
        ...{ DMACOPY_COMMIT: commit, [STEPS_VARIABLE]: "1", [STOP_VARIABLE]: "/job/stop" },
        [PARTIAL_VARIABLE]: PARTIAL,
      },
      outputFolder: folder,
      timeoutMs: TIME_LIMIT_MS,
      // Several guests wait for the same builds: one line shows them.
      ...{ status: index === 0 ? status : statusLine({ quiet: true }), stop, signal },
      onStdout: () => {},
      onStderr: lineReader(onLine),
    });
    for (const line of result.complaints) console.error(`the guest's kernel: ${line}`);
    const text = await textOrNull(`${folder}/${RESULT}`);
    if (text === null || (result.status !== 0 && !stop.aborted)) {
      throw new LabError(`the bench in the guest failed: ${said.replace(/^dmacopy: /, "")}`);
    }
    keep(parseDocument(text, "the guest's result"));
  } catch (error) {
    const text = await textOrNull(`${folder}/${PARTIAL}`);
    if (text !== null && error instanceof LabError) keep(parseDocument(text, "the guest's result"));
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function textOrNull(path: string): Promise<string | null> {
  return await Deno.readTextFile(path).catch(() => null);
}

function deviceOf({ deviceBandwidth, deviceLatency }: Request): Device | undefined {
  if (deviceBandwidth === undefined && deviceLatency === undefined) return undefined;
  return {
    bytesPerSecond: deviceBandwidth ?? DEFAULT_DEVICE.bytesPerSecond,
    latencyUs: deviceLatency ?? DEFAULT_DEVICE.latencyUs,
  };
}

/**
 * V8 compiles and collects garbage on other threads, which on the guest's one CPU would take tens of
 * milliseconds from a row. The bench collects garbage between the buffers.
 */
const V8_FLAGS = "--v8-flags=--single-threaded,--random-seed=1,--expose-gc";
const DENO = ["deno", "run", "-A", "--no-remote", V8_FLAGS];
/**
 * To map and unmap memory takes a process longer or not by where its other mappings lie, so all guests
 * have them in the same places; V8 takes its from the seed.
 */
const SAME_ADDRESSES = ["norandmaps"];

function guestCommand(request: Request): string[] {
  const options = PASSED_ON.flatMap((name) =>
    request[name] === undefined ? [] : [`--${name}`, String(request[name])]
  );
  const quick = request.quick ? ["--quick"] : [];
  const output = ["--json", RESULT, "--quiet"];
  return [
    ...DENO,
    "/job/dmacopy.js",
    "bench",
    "--host",
    "--file",
    FILE,
    ...output,
    ...options,
    ...quick,
  ];
}
