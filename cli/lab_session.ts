import { buildShim } from "../ffi/build_shim.ts";
import { type LabOptions, type LabResult, runInLab } from "../kernel/lab/mod.ts";
import { statusLine } from "./status_line.ts";

/** Options of {@linkcode runSession}. */
export interface SessionOptions extends Omit<LabOptions, "argv"> {
  /** Don't show progress. */
  quiet?: boolean;
}

/** 2 MiB pages set aside for the rows on hugetlbfs: 1 GiB of buffers and some. */
const HUGEPAGES = 520;

const COMMAND_LINE = new URL("main.ts", import.meta.url).pathname;

/**
 * Runs a command in a guest that has this command line as `dmacopy`, and streams its output.
 *
 * @throws {LabError} if the guest can't be made or does not end well
 */
export async function runSession(argv: string[], options: SessionOptions): Promise<LabResult> {
  const { quiet = false, bundles, ...rest } = options;
  using status = statusLine({ quiet, steps: true });
  return await runInLab({
    hugepages: HUGEPAGES,
    onProgress: ({ what, done, total }) => status.update(what, formatShare(done, total)),
    onStdout: (data) => Deno.stdout.writeSync(data),
    onStderr: (data) => Deno.stderr.writeSync(data),
    ...rest,
    argv,
    bundles: { "dmacopy.js": COMMAND_LINE, ...bundles },
    shim: buildShim(),
  });
}

/** `45 %` */
export function formatShare(done?: number, total?: number): string {
  return done === undefined || !total ? "" : `${Math.floor((done / total) * 100)} %`;
}
