import {
  guestShim,
  HOST_ARCH,
  isDebianKernel,
  type LabOptions,
  type LabProgress,
  type LabResult,
  runInLab,
} from "../kernel/lab/mod.ts";
import type { StatusLine } from "../terminal/status_line.ts";

/** Options of {@linkcode runSession}. */
export interface SessionOptions extends Omit<LabOptions, "argv" | "onProgress" | "shim"> {
  /** Shows the current build step and the boot. */
  status: StatusLine;
}

/** 2 MiB pages to set aside, for a look at buffers on hugetlbfs. */
const HUGEPAGES = 64;

/**
 * A guest with tests that prints nothing for this time hangs. On a busy host, it loads modules for
 * many minutes before the first test.
 */
export const SILENCE = { startMs: 60 * 60_000, silenceMs: 30 * 60_000 };

const COMMAND_LINE = new URL("../cli/main.ts", import.meta.url).pathname;

/**
 * Runs a command in a guest that has this command line as `dmacopy`. This process prints its output
 * unless `onStdout` and `onStderr` take it.
 *
 * @throws {LabError} if the guest can't be made or does not end well
 */
export async function runSession(argv: string[], options: SessionOptions): Promise<LabResult> {
  const { status, bundles, arch = HOST_ARCH, ...rest } = options;
  const onProgress = showProgress(status);
  const to = (stream: { writeSync(data: Uint8Array): number }) => (data: Uint8Array) => {
    status.clear();
    stream.writeSync(data);
  };
  return await runInLab({
    hugepages: isDebianKernel(options.kernel) ? 0 : HUGEPAGES,
    onStdout: to(Deno.stdout),
    onStderr: to(Deno.stderr),
    ...rest,
    ...{ arch, argv, onProgress },
    bundles: { "dmacopy.js": COMMAND_LINE, ...bundles },
    shim: await guestShim(arch, { onProgress }),
  });
}

/** Shows the lab's progress in a status line. */
export function showProgress(status: StatusLine): (progress: LabProgress) => void {
  return ({ what, done, total }) =>
    status.update(what, done && total ? `${Math.floor((done / total) * 100)} %` : "");
}
