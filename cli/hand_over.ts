import { ValidationError } from "@cliffy/command";
import type { Handed, SocketAccess } from "../handover/mod.ts";
import { formatSize } from "../terminal/format.ts";
import { InterruptedError, interruptible } from "../terminal/interruptible.ts";
import { isOver, parseUntil, type Until } from "./parse_until.ts";

const TICK_MS = 100;

/** `--mode` */
export const MODE_HELP =
  "With --serve, the users that may connect: 600 is this user and root (the default), 660 " +
  "the group too (the default with --group), 666 everybody.";

/** `--group` */
export const GROUP_HELP = "With --serve, the group of the socket, by name or number.";

/** `--serve` */
export const SERVE_HELP = "Then serve the buffers to other processes at this socket, until Ctrl-C.";

/** `--max-clients` */
export const MAX_CLIENTS_HELP = "With --serve, end after this many clients (default: never).";

/** `--hold` */
export const HOLD_HELP = "Then print the paths of the buffers in /proc and keep them until Ctrl-C.";

/** `--until` */
export const UNTIL_HELP =
  "End --serve or --hold after 90s, 10m or 2h, or at a time: 2030-01-31T18:00.";

/** The way to hand over filled buffers. */
export type HandOver =
  | { kind: "exec"; argv: readonly string[] }
  | {
    kind: "serve";
    path: string;
    /** A group by its name or number. */
    access: { mode: number | undefined; group: string | undefined };
    maxClients: number | undefined;
    until: Until | undefined;
  }
  | { kind: "hold"; until: Until | undefined };

/** The options of `copy` and `restore` for handing over. */
export interface HandOverOptions {
  exec?: true | undefined;
  serve?: string | undefined;
  hold?: true | undefined;
  mode?: number | undefined;
  group?: string | undefined;
  maxClients?: number | undefined;
  until?: string | undefined;
}

/**
 * Reads from the options how to hand the buffers over; null means not at all.
 *
 * @param argv The command after --exec.
 * @throws {ValidationError} if the options don't go together
 */
export function parseHandOver(options: HandOverOptions, argv: readonly string[]): HandOver | null {
  const { exec, serve, hold, maxClients, mode, group } = options;
  const until = options.until === undefined ? undefined : parseUntil(options.until);
  const given = [exec && "--exec", serve !== undefined && "--serve", hold && "--hold"];
  const [first, second] = given.filter((name) => typeof name === "string");
  if (second) throw new ValidationError(`${first} and ${second} exclude each other.`);
  for (const [name, value] of Object.entries({ mode, group, "max-clients": maxClients })) {
    if (value === undefined || serve !== undefined) continue;
    throw new ValidationError(`--${name} is for --serve.`);
  }
  if (until !== undefined && serve === undefined && !hold) {
    throw new ValidationError("--until is for --serve and --hold.");
  }
  if (exec) {
    if (argv.length === 0) throw new ValidationError("Missing the command after --exec.");
    return { kind: "exec", argv };
  }
  if (serve !== undefined) {
    return { kind: "serve", path: serve, access: { mode, group }, maxClients, until };
  }
  return hold ? { kind: "hold", until } : null;
}

/** Checks before a long copy that its buffers can be handed over after it. */
export async function checkHandOver(how: HandOver | null): Promise<void> {
  if (how?.kind !== "serve") return;
  const { checkSocketPath } = await import("../handover/mod.ts");
  checkSocketPath(how.path, await socketAccess(how.access));
}

/** @throws {ValidationError} if there is no such group */
async function socketAccess(
  { mode, group }: Extract<HandOver, { kind: "serve" }>["access"],
): Promise<SocketAccess> {
  if (group === undefined || /^\d+$/.test(group)) {
    return { mode, group: group === undefined ? undefined : Number(group) };
  }
  const { groupId, SystemError } = await import("../ffi/mod.ts");
  try {
    return { mode, group: groupId(group) };
  } catch (cause) {
    if (!(cause instanceof SystemError && cause.code === "ENOENT")) throw cause;
    throw new ValidationError(`--group "${group}" does not exist: see getent group.`);
  }
}

/**
 * Hands buffers over, and waits until that ends.
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
      return await untilEnd(how.until, (signal) => serve(how, { handed, signal, say }));
    case "hold":
      return await untilEnd(how.until, async (signal) => {
        // A reader of these paths may end this process at once: it waits for Ctrl-C already.
        for (const { share } of handed.buffers) console.log(`/proc/${Deno.pid}/fd/${share.number}`);
        say("holding: Ctrl-C ends it");
        const { notifyReady } = await import("../handover/mod.ts");
        notifyReady(`holding ${sizeOf(handed)}`);
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      });
  }
}

async function serve(
  { path, access, maxClients }: Extract<HandOver, { kind: "serve" }>,
  { handed, signal, say }: { handed: Handed; signal: AbortSignal; say: (text: string) => void },
): Promise<void> {
  const { notifyReady, serveBuffers } = await import("../handover/mod.ts");
  const clients = await serveBuffers(path, {
    ...handed,
    ...await socketAccess(access),
    maxClients,
    signal,
    onListening: () => {
      say(`serving at ${path}: Ctrl-C ends it`);
      notifyReady(`serving ${sizeOf(handed)} at ${path}`);
    },
    onClient: ({ pid }, error) =>
      say(
        error ? `process ${pid} got nothing: ${error.message}` : `process ${pid} got the buffers`,
      ),
  });
  say(`${clients} ${clients === 1 ? "client" : "clients"} served`);
}

function sizeOf({ manifest }: Handed): string {
  return formatSize(manifest.buffers.reduce((sum, { bytes }) => sum + bytes, 0));
}

/** Runs `action` until its time is over or Ctrl-C ends it, which is its regular end. */
async function untilEnd(
  until: Until | undefined,
  action: (signal: AbortSignal) => Promise<void>,
): Promise<number> {
  const over = new AbortController();
  // Without a timer, nothing would keep this process alive.
  const timer = setInterval(() => until && isOver(until) && over.abort(), TICK_MS);
  try {
    await interruptible((signal) => action(AbortSignal.any([signal, over.signal])));
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
  } finally {
    clearInterval(timer);
  }
  return 0;
}

/** Ctrl-C reaches the command by itself, as it is in this process group; SIGTERM must be passed on. */
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
