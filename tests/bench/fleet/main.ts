// `deno task test:fleet`: groups thousands of results, and says what that took.
import { Command } from "@cliffy/command";
import { countType } from "../../../cli/types.ts";
import { reportError } from "../../../terminal/report_error.ts";
import { fleetResults } from "./_results.ts";

const COMMAND_LINE = new URL("../../../cli/main.ts", import.meta.url).pathname;
/** 10,000 results take at most so much. */
const LIMIT = { seconds: 5, megabytes: 500 };
const POLL_MS = 20;

/** The cost of a process. */
interface Cost {
  seconds: number;
  cpuSeconds: number;
  /** The most memory that it had at once. */
  megabytes: number;
}

/** The most memory that a process has had so far, in decimal MB; 0 if it has ended. */
function peakMegabytes(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024 / 1e6;
  } catch {
    return 0;
  }
}

/** The CPU time of all children that have ended, in seconds. */
function childrenSeconds(): number {
  const fields = Deno.readTextFileSync("/proc/self/stat").replace(/^.*\) /, "").split(" ");
  // Fields 16 and 17 of proc_pid_stat(5), cutime and cstime, in 1/100 s.
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

async function cost(args: string[]): Promise<Cost> {
  const [start, cpuStart] = [performance.now(), childrenSeconds()];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", COMMAND_LINE, ...args],
    stdout: "null",
  }).spawn();
  let megabytes = 0;
  const timer = setInterval(() => {
    megabytes = Math.max(megabytes, peakMegabytes(child.pid));
  }, POLL_MS);
  const { success } = await child.status;
  clearInterval(timer);
  if (!success) throw new Error(`dmacopy ${args.join(" ")} failed`);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, cpuSeconds: childrenSeconds() - cpuStart, megabytes };
}

async function writeFiles(folder: string, count: number, seed: number): Promise<number> {
  let bytes = 0;
  for await (const { name, text } of fleetResults(count, { seed })) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    bytes += text.length;
  }
  return bytes;
}

/** Prints the cost of a command. Returns whether it kept to the limits. */
async function report(args: string[], folder: string): Promise<boolean> {
  const { seconds, cpuSeconds, megabytes } = await cost([...args, `${folder}/*.json`]);
  const ok = seconds <= LIMIT.seconds && megabytes <= LIMIT.megabytes;
  console.log(
    `${ok ? "ok" : "FAILED"} dmacopy ${args.join(" ")}: ${seconds.toFixed(1)} s, ` +
      `${cpuSeconds.toFixed(1)} s of CPU time, ${megabytes.toFixed(0)} MB`,
  );
  return ok;
}

async function measure({ count, seed, keep }: Options): Promise<void> {
  const folder = keep ?? await Deno.makeTempDir({ prefix: "dmacopy-fleet-" });
  if (keep !== undefined) await Deno.mkdir(keep, { recursive: true });
  try {
    const bytes = await writeFiles(folder, count, seed);
    console.log(`${count} files, ${(bytes / 1e6).toFixed(0)} MB`);
    const commands = [["bench", "fleet"], ["bench", "fleet", "--by", "kernel"]];
    for (const args of commands) if (!await report(args, folder)) Deno.exitCode = 1;
  } finally {
    if (keep === undefined) await Deno.remove(folder, { recursive: true });
  }
}

interface Options {
  count: number;
  seed: number;
  keep?: string | undefined;
}

try {
  await new Command()
    .name("test:fleet")
    .description(
      `Group generated results; fails above ${LIMIT.seconds} s or ${LIMIT.megabytes} MB.`,
    )
    .throwErrors()
    .type("count", countType)
    .option("--count <n:count>", "The number of files.", { default: 10_000 })
    .option("--seed <n:integer>", "The seed of the results.", { default: 1 })
    .option("--keep <folder:string>", "Write the files to this folder, and keep them.")
    .action(measure)
    .parse(Deno.args);
} catch (error) {
  Deno.exit(reportError(error));
}
