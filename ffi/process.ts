import type { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { type LongCall, longCall } from "./long_call.ts";
import { unwrap } from "./system_error.ts";

/** The space for a process ID: at most ten digits, and a zero byte. */
const PID_ROOM = "\0".repeat(11);

/** Options of {@linkcode spawn}. */
export interface SpawnOptions {
  /** Its whole environment; `LISTEN_PID`, its process ID, is added. */
  env: Record<string, string>;
  /** The descriptors that it gets as 3, 4 and so on. */
  descriptors: readonly Descriptor[];
}

/**
 * Runs a program with this process's standard streams and the given descriptors; see fork(2), execvpe(3).
 *
 * @returns its process ID
 * @throws {SystemError} `ENOENT` if there is no such program
 */
export function spawn(argv: readonly string[], { env, descriptors }: SpawnOptions): number {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const fds = Int32Array.from(descriptors, ({ number }) => number);
  const pid = library().spawn(
    cstrings(argv),
    argv.length,
    cstrings([...variables, `LISTEN_PID=`], PID_ROOM),
    variables.length + 1,
    fds,
    fds.length,
  );
  return unwrap(pid, { call: "exec", subject: argv[0] ?? "" });
}

/** Waits for a program to end, and returns its status: 128 plus the signal's number if a signal ended it. */
export function waitFor(pid: number): LongCall {
  return longCall("wait", [pid], `process ${pid}`);
}

function cstrings(texts: readonly string[], room = ""): Uint8Array<ArrayBuffer> {
  const bad = texts.find((text) => text.includes("\0"));
  if (bad !== undefined) throw new TypeError(`a text can't contain a zero byte: ${bad}`);
  return new TextEncoder().encode(texts.map((text) => `${text}\0`).join("") + room);
}
