import { dirname } from "node:path";
import { cachePath } from "../../base/cache_path.ts";

/** The present folder, also for a program with another XDG_CACHE_HOME, which would fetch all packages again. */
export const DENO_DIR = Deno.env.get("DENO_DIR") || `${dirname(cachePath())}/deno`;
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
    env: { NO_COLOR: "1", INIT_CWD: "", DENO_DIR, ...options.env },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** The command line while it runs. Disposing it kills it. */
export interface Running extends AsyncDisposable {
  /** Waits for what matches on its standard output. */
  line(pattern: RegExp): Promise<string>;
  /** Waits for its status, after a signal if one is given. */
  end(signal?: Deno.Signal): Promise<number>;
}

/** Starts the real command line. */
export function startDmacopy(args: string[]): Running {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, ...args],
    env: { NO_COLOR: "1", INIT_CWD: "" },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let ended = false;
  return {
    async line(pattern) {
      for (;;) {
        const [found] = pattern.exec(text) ?? [];
        if (found !== undefined) return found;
        const { done, value } = await reader.read();
        if (done) throw new Error(`no ${pattern} in ${text}`);
        text += value;
      }
    },
    async end(signal) {
      if (signal) child.kill(signal);
      const { code } = await child.status;
      ended = true;
      return code;
    },
    async [Symbol.asyncDispose]() {
      if (!ended) child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
    },
  };
}
