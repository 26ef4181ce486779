import { LabError, lastLines } from "./error.ts";

/** Options of {@linkcode run}. */
export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Starts a program, with an error that says what to do where it is not installed. */
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

/** Runs a program to its end and returns its standard output; a failure is a `LabError`. */
export async function run(argv: string[], options: RunOptions = {}): Promise<string> {
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
  const { code, stdout, stderr } = await child.output();
  signal?.throwIfAborted();
  if (code === 0) return new TextDecoder().decode(stdout);
  const lines = lastLines(new TextDecoder().decode(stderr), 10);
  throw new LabError(
    `${command} failed with exit status ${code}: ${lines.at(-1) ?? "no message"}`,
    {
      lines,
    },
  );
}
