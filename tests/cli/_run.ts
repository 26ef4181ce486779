const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

/** How a run of the command line ended. */
export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** Options of {@linkcode dmacopy}. */
export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
}

/** Runs the real command line. */
export async function dmacopy(args: string[], options: RunOptions = {}): Promise<Run> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, ...args],
    cwd: options.cwd ?? new URL("../..", import.meta.url),
    env: { NO_COLOR: "1", INIT_CWD: "", ...options.env },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}
