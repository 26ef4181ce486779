import { type Arch, factsOf } from "./arch.ts";
import { LabError, lastLines } from "./error.ts";
import { spawn } from "./host.ts";

/** Options of {@linkcode runQemu}. */
export interface QemuOptions {
  /** The guest's architecture. */
  arch: Arch;
  /** Real time that the guest may take, in milliseconds. */
  timeoutMs: number;
  /**
   * Real time that the guest may take until `onTick` returns true again.
   *
   * @default no limit
   */
  silenceMs?: number;
  /**
   * Real time that the guest may take until `onTick` returns true for the first time.
   *
   * @default silenceMs
   */
  startMs?: number;
  /** Connect the console to the caller's terminal instead of recording it. */
  interactive?: boolean;
  signal?: AbortSignal | undefined;
  /**
   * Called about 20 times a second while the guest runs, and once after its end. Returns whether
   * the guest has printed anything.
   */
  onTick?: () => boolean;
}

const TICK_MS = 50;

/**
 * Runs QEMU until the guest powers off and returns what it wrote to its console. The guest ends
 * at its time limit, and when `signal` is aborted; a QEMU that fails is a {@linkcode LabError}.
 */
export async function runQemu(args: string[], options: QemuOptions): Promise<string> {
  const { qemu } = factsOf(options.arch);
  const { signal, timeoutMs, silenceMs = Infinity, interactive = false } = options;
  let quietMs = options.startMs ?? silenceMs;
  signal?.throwIfAborted();
  // No guest outlives this process, however that ends. The guest has its own session, so that Ctrl-C
  // does not reach it and this process decides when it ends.
  const session = interactive ? [] : ["setsid"];
  const child = spawn("setpriv", {
    args: ["--pdeathsig", "KILL", ...session, qemu, ...args],
    stdin: interactive ? "inherit" : "null",
    stdout: interactive ? "inherit" : "piped",
    stderr: "piped",
  });
  let limit = "";
  let seenMs = performance.now();
  const kill = () => {
    try {
      // On SIGTERM, QEMU restores the terminal.
      child.kill(interactive ? "SIGTERM" : "SIGKILL");
    } catch { /* It has ended by itself. */ }
  };
  const end = (reason: string) => {
    limit ||= reason;
    kill();
  };
  const timer = setTimeout(
    () => end(`took longer than its limit of ${timeoutMs / 1000} s`),
    timeoutMs,
  );
  const tick = setInterval(() => {
    if (options.onTick?.()) {
      seenMs = performance.now();
      quietMs = silenceMs;
    }
    if (performance.now() - seenMs > quietMs) end(`printed nothing for ${quietMs / 1000} s`);
  }, TICK_MS);
  signal?.addEventListener("abort", kill);
  try {
    const [status, output, said] = await Promise.all([
      child.status,
      interactive ? "" : new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    // With sleep=off it warns that nothing sleeps.
    const errors = said.replaceAll(/^.*\bwarning: .*\n/gm, "");
    options.onTick?.();
    signal?.throwIfAborted();
    const console = output.replaceAll("\r", "");
    const lines = lastLines(console + errors, 20);
    if (limit) throw new LabError(`the guest ${limit}`, { lines });
    if (!status.success) throw new LabError(`QEMU failed: ${describe(status, errors)}`, { lines });
    return console;
  } finally {
    clearTimeout(timer);
    clearInterval(tick);
    signal?.removeEventListener("abort", kill);
  }
}

function describe(status: Deno.CommandStatus, errors: string): string {
  const how = status.signal ? `killed by ${status.signal}` : `exit status ${status.code}`;
  return `${lastLines(errors, 1)[0] ?? "no message"} (${how})`;
}

/**
 * The signs of trouble in a kernel log: warnings, bugs, oopses, panics. kmemleak's line only gives a
 * number; tests/lab/unreferenced_test.ts reads its report.
 */
const COMPLAINT =
  /WARNING:|BUG:|Oops|Kernel panic|INFO: task .* blocked|refcount_t|UBSAN|KASAN|I\/O error|EXT4-fs error/;
/** The disk that tests make fail. */
const BAD_DISK = /\bdm-99\b/;

/**
 * Messages of CONFIG_DMA_API_DEBUG about the second and the eighth device that map a page: it does not
 * know shared pages (kernel/dma/debug.c), but dma-bufs exist to be shared.
 */
const SHARED_MAPPINGS = /WARNING:.* add_dma_entry\+[^]*?\[ end trace /g;

/** The lines of a kernel log that show trouble on the architecture. */
export function kernelComplaints(log: string, arch: Arch): string[] {
  const { complaints } = factsOf(arch);
  return log.replaceAll(SHARED_MAPPINGS, "").split("\n").filter((line) =>
    (COMPLAINT.test(line) || complaints.test(line)) && !BAD_DISK.test(line)
  );
}

/** The lines of a warning before the one that names its place: a border, and the message of WARN(). */
const MESSAGE_LINES = 3;
/** The length of a kernel warning with its stack trace. */
const SPLAT_LINES = 60;

/** The part of a kernel log that tells about a complaint of it. */
export function complaintReport(log: string, complaint: string): string[] {
  const lines = log.split("\n");
  const at = lines.indexOf(complaint);
  return lines.slice(Math.max(0, at - MESSAGE_LINES), at + SPLAT_LINES);
}
