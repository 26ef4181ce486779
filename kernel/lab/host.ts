import { cachePath } from "../../base/cache_path.ts";
import { LabError, lastLines } from "./error.ts";

/** Options of {@linkcode run}. */
export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Starts a program; if it is not installed, the error says what to do. */
export function spawn(command: string, options: Deno.CommandOptions): Deno.ChildProcess {
  try {
    return new Deno.Command(command, options).spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new LabError(`${command} is not installed; "./run lab" installs what the lab needs`, {
      cause,
    });
  }
}

async function finish(argv: string[], options: RunOptions): Promise<Deno.CommandOutput> {
  const [command, ...args] = argv as [string, ...string[]];
  const { signal, ...rest } = options;
  const child = spawn(command, {
    args,
    ...rest,
    ...(signal && { signal }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const output = await child.output();
  signal?.throwIfAborted();
  return output;
}

/** Runs a program to its end and returns its standard output; a failure is a `LabError`. */
export async function run(argv: string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await finish(argv, options);
  if (code === 0) return new TextDecoder().decode(stdout);
  const text = new TextDecoder().decode(stderr);
  const lines = lastLines(text, 10);
  throw new LabError(
    `${argv[0]} failed with exit status ${code}: ${
      whatIsFull(text) ?? lines.at(-1) ?? "no message"
    }`,
    { lines },
  );
}

/** The remedy if a program ran out of disk space, else null. */
export function whatIsFull(text: string): string | null {
  return /No space left on device/.test(text) ? `no space left: ${makeRoom()}` : null;
}

/** The remedy if the lab's disk is full. */
export function makeRoom(): string {
  return `make room for ${cachePath()}, or set XDG_CACHE_HOME to a folder on another disk`;
}

/** The end of a program whose failure is an answer. */
export interface Output {
  success: boolean;
  /** Its output on both streams. */
  text: string;
}

/** Runs a program to its end and returns all that it printed. */
export async function output(argv: string[], options: RunOptions = {}): Promise<Output> {
  const { success, stdout, stderr } = await finish(argv, options);
  const decoder = new TextDecoder();
  return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
}
