import { ifThere } from "../../base/if_there.ts";
import { makeWhole } from "../../base/make_whole.ts";
import { LabError, lastLines } from "./error.ts";
import { DEFAULT_FILESYSTEM, type Filesystem } from "./filesystems.ts";

/** A command for the guest, and its inputs. */
export interface Job {
  /** The command, passed on exactly: no shell looks at it. */
  argv: string[];
  /** @default {} */
  env?: Record<string, string>;
  /** Host files to copy into the guest's `/job`, by the name they get there. */
  inputs?: Record<string, string>;
  /** Run the command on the caller's terminal. */
  interactive?: boolean;
}

/** Names in `/job` that the lab uses itself. */
const RESERVED = [
  ...["command", "data", "failure", "interactive", "now", "out", "status", "stderr", "stdout"],
  "stop",
];

/** Quotes `text` as a word for a POSIX shell. */
export function shellWord(text: string): string {
  if (text.includes("\0")) throw new LabError("a NUL byte can't be in an argument or environment");
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The script that runs a command in the guest. */
export function commandScript({ argv, env = {} }: Job): string {
  for (const name of Object.keys(env)) {
    if (!/^\w+$/.test(name)) throw new LabError(`${name} is not a name of an environment variable`);
  }
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${shellWord(value)}`);
  return [...exports, `exec ${argv.map(shellWord).join(" ")}`, ""].join("\n");
}

/** Fills the folder that the guest sees as `/job`. */
export async function writeJob(
  folder: string,
  job: Job & { dataDevice: string; filesystem?: Filesystem | undefined },
): Promise<void> {
  if (job.argv.length === 0) throw new LabError("no command for the guest");
  await Deno.mkdir(`${folder}/out`);
  await Deno.writeTextFile(`${folder}/command`, commandScript(job));
  const { dataDevice, filesystem = DEFAULT_FILESYSTEM } = job;
  await Deno.writeTextFile(`${folder}/data`, dataDevice && `${dataDevice} ${filesystem}\n`);
  await Deno.writeTextFile(`${folder}/now`, String(Math.floor(Date.now() / 1000)));
  if (job.interactive) await Deno.writeTextFile(`${folder}/interactive`, terminalSize());
  for (const [name, path] of Object.entries(job.inputs ?? {})) {
    if (name.includes("/") || RESERVED.includes(name)) {
      throw new LabError(`an input can't be called ${name} in the guest`);
    }
    await copyInput(path, `${folder}/${name}`);
  }
}

/** The settings of the caller's terminal for stty, as a serial console does not know its size. */
function terminalSize(): string {
  if (!Deno.stdin.isTerminal()) {
    throw new LabError("there is no terminal for the guest: give it a command instead");
  }
  const { rows, columns } = Deno.consoleSize();
  return `rows ${rows} cols ${columns}`;
}

async function copyInput(from: string, to: string): Promise<void> {
  try {
    await Deno.copyFile(from, to);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new LabError(`there is no file ${from} to take into the guest`, { cause });
  }
}

/** Copies the files that the guest left in `/job/out` to a host folder. */
export async function copyOutputs(folder: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/out`)) {
    if (isDirectory) {
      throw new LabError(
        `the guest's results contain the folder ${name}: only files can be results`,
      );
    }
    await makeWhole(
      `${to}/${name}`,
      (temporary) => Deno.copyFile(`${folder}/out/${name}`, temporary),
    );
  }
}

/** The command's exit status; a guest that ended without one is a {@linkcode LabError}. */
export function readStatus(folder: string, kernelLog: string): number {
  const textOf = (name: string) => ifThere(() => Deno.readTextFileSync(`${folder}/${name}`));
  const failure = textOf("failure");
  if (failure) throw new LabError(failure.trim(), { lines: lastLines(kernelLog, 20) });
  const status = textOf("status");
  if (status) return parseInt(status);
  const panic = kernelLog.match(/^.*(?:Kernel panic|Oops|BUG:).*$/m);
  throw new LabError(
    panic
      ? `the guest's kernel died: ${panic[0].trim()}`
      : "the guest ended before its command did",
    { lines: lastLines(kernelLog.slice(panic?.index ?? 0), 20) },
  );
}
