import { ValidationError } from "@cliffy/command";
import type { Handed } from "../handover/mod.ts";
import { InterruptedError, interruptible } from "./interruptible.ts";
import { parseUntil } from "./parse_until.ts";

/** What happens to buffers when they are filled. */
export type HandOver =
  | { kind: "exec"; argv: readonly string[] }
  | { kind: "serve"; path: string; maxClients: number | undefined; untilMs: number | undefined }
  | { kind: "hold"; untilMs: number | undefined };

/** The options of `copy` that say so. */
export interface HandOverOptions {
  exec?: true | undefined;
  serve?: string | undefined;
  hold?: true | undefined;
  maxClients?: number | undefined;
  until?: string | undefined;
}

/**
 * Reads what to do with the buffers; null is nothing.
 *
 * @param argv The command after --exec.
 * @throws {ValidationError} if the options don't go together
 */
export function parseHandOver(options: HandOverOptions, argv: readonly string[]): HandOver | null {
  const { exec, serve, hold, maxClients, until } = options;
  const untilMs = until === undefined ? undefined : parseUntil(until);
  const given = [exec && "--exec", serve !== undefined && "--serve", hold && "--hold"];
  const [first, second] = given.filter((name) => typeof name === "string");
  if (second) throw new ValidationError(`${first} and ${second} exclude each other.`);
  if (maxClients !== undefined && serve === undefined) {
    throw new ValidationError("--max-clients is for --serve.");
  }
  if (maxClients !== undefined && maxClients < 1) {
    throw new ValidationError("--max-clients must be 1 or more.");
  }
  if (until !== undefined && serve === undefined && !hold) {
    throw new ValidationError("--until is for --serve and --hold.");
  }
  if (exec) {
    if (argv.length === 0) throw new ValidationError("Missing the command after --exec.");
    return { kind: "exec", argv };
  }
  if (serve !== undefined) return { kind: "serve", path: serve, maxClients, untilMs };
  return hold ? { kind: "hold", untilMs } : null;
}

/** Refuses before a long copy what can't be handed over after it. */
export async function checkHandOver(how: HandOver | null): Promise<void> {
  if (how?.kind !== "serve") return;
  const { checkSocketPath } = await import("../handover/mod.ts");
  checkSocketPath(how.path);
}

/**
 * Hands buffers over, and waits for the end of that.
 *
 * @returns the status to exit with
 */
export async function handOver(
  how: HandOver,
  handed: Handed,
  { quiet }: { quiet: boolean },
): Promise<number> {
  const say = quiet ? () => {} : console.error;
  switch (how.kind) {
    case "exec":
      return await execute(how.argv, handed);
    case "serve":
      return await untilInterrupted((signal) => serve(how, { handed, signal, say }));
    case "hold":
      return await untilInterrupted((signal) => {
        // Who reads these may end us at once: Ctrl-C is waited for already.
        for (const { share } of handed.buffers) console.log(`/proc/${Deno.pid}/fd/${share.number}`);
        say("holding: Ctrl-C ends it");
        return wait(how.untilMs, signal);
      });
  }
}

async function serve(
  { path, maxClients, untilMs }: Extract<HandOver, { kind: "serve" }>,
  { handed, signal, say }: { handed: Handed; signal: AbortSignal; say: (text: string) => void },
): Promise<void> {
  const { serveBuffers } = await import("../handover/mod.ts");
  const clients = await serveBuffers(path, {
    ...handed,
    maxClients,
    untilMs,
    signal,
    onListening: () => say(`serving at ${path}: Ctrl-C ends it`),
    onClient: ({ pid }, error) =>
      say(error ? `process ${pid} gets nothing: ${error.message}` : `process ${pid} has it`),
  });
  say(`${clients} ${clients === 1 ? "client" : "clients"} served`);
}

/** Ctrl-C is how this is meant to end. */
async function untilInterrupted(action: (signal: AbortSignal) => Promise<void>): Promise<number> {
  try {
    await interruptible(action);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
  }
  return 0;
}

async function wait(untilMs: number | undefined, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve());
  // Without a timer nothing would keep us alive.
  const timer = setInterval(() => Date.now() >= (untilMs ?? Infinity) && resolve(), 100);
  await promise;
  clearInterval(timer);
}

/** A Ctrl-C reaches the command by itself, as it is in our process group; SIGTERM is passed on. */
async function execute(argv: readonly string[], handed: Handed): Promise<number> {
  const { runWithBuffers } = await import("../handover/mod.ts");
  let child: number | null = null;
  const ignore = () => {};
  const pass = () => child !== null && Deno.kill(child, "SIGTERM");
  Deno.addSignalListener("SIGINT", ignore);
  Deno.addSignalListener("SIGTERM", pass);
  try {
    return await runWithBuffers(argv, { ...handed, onStart: (pid) => child = pid });
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
    Deno.removeSignalListener("SIGTERM", pass);
  }
}
