import { acceptFrom, createPipe, type Descriptor, SystemError, waitToRead } from "../ffi/mod.ts";
import type { SharedBuffer } from "../copy/mod.ts";
import { Hands, type OnClient } from "./_hands.ts";
import { listen, type SocketAccess } from "./_listen.ts";
import type { Manifest } from "./manifest.ts";

export { checkSocketPath, type SocketAccess } from "./_listen.ts";

const PIPE_BYTES = 4096;
/** The server waits this long for a client that does not read; it serves others meanwhile. */
const CLIENTS_AT_ONCE = 16;
/** The interval at which it checks the time, as somebody may set the clock. */
const MAX_WAIT_MS = 10_000;
/** Errors that may go away by waiting. */
const EXHAUSTED: readonly string[] = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"];
const EXHAUSTED_WAIT_MS = 100;

/** The buffers that {@linkcode serveBuffers} hands out, and their description. */
export interface Handed {
  /** The buffers; they stay the caller's to close. */
  buffers: readonly SharedBuffer[];
  /** Their description. */
  manifest: Manifest;
}

/** Options of {@linkcode serveBuffers}. */
export interface ServeOptions extends SocketAccess {
  /** End after this number of clients have got the buffers. @default never */
  maxClients?: number | undefined;
  /** The time to end, in milliseconds since 1970. @default never */
  untilMs?: number | undefined;
  /** Ends the server. */
  signal?: AbortSignal | undefined;
  /** Called when clients can connect to the socket. */
  onListening?: () => void;
  /** Called after each client; `error` says why it got nothing. */
  onClient?: OnClient;
}

/**
 * Hands buffers' descriptors out at a socket until it is told to end, to several clients at once.
 * Processes of this user and of root may connect, and those that `mode` and `group` allow. A client
 * gets the manifest as JSON, with the descriptors beside it (`SCM_RIGHTS`).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadFile, manifestOf, serveBuffers } from "dmacopy";
 *
 * const folder = await Deno.makeTempDir();
 * using model = await loadFile("/etc/passwd", { to: "memfd" });
 * const clients = await serveBuffers(`${folder}/model.sock`, {
 *   buffers: [model.buffer],
 *   manifest: manifestOf([model]),
 *   untilMs: Date.now() + 10,
 * });
 * assertEquals(clients, 0);
 * await Deno.remove(folder);
 * ```
 *
 * If this program was started with a socket of that path, as by systemd, it serves that socket.
 *
 * @returns the number of clients that got them
 * @throws {SystemError} `EADDRINUSE` if there is another server, or no socket, at the path
 */
export async function serveBuffers(
  path: string,
  { buffers, manifest, ...options }: Handed & ServeOptions,
): Promise<number> {
  const { maxClients = Infinity, untilMs = Infinity, signal, mode, group } = options;
  const message = {
    data: new TextEncoder().encode(JSON.stringify(manifest)),
    descriptors: buffers.map(({ share }) => share),
  };
  using listener = listen(path, { mode, group });
  using wake = createPipe(PIPE_BYTES);
  const hands = new Hands(message, listener.access, options.onClient);
  const end = () => {
    wake.writeEnd.close();
    hands.hangUp();
  };
  signal?.addEventListener("abort", end);
  options.onListening?.();
  try {
    while (hands.served < maxClients && !signal?.aborted) {
      const leftMs = Math.ceil(untilMs - Date.now());
      if (leftMs <= 0) break;
      if (hands.busy >= Math.min(CLIENTS_AT_ONCE, maxClients - hands.served)) {
        await hands.oneDone();
        continue;
      }
      const timeoutMs = Math.min(leftMs, MAX_WAIT_MS);
      if (!await waitToRead(listener.socket, { wake: wake.readEnd, timeoutMs })) continue;
      const client = await acceptOne(listener.socket);
      if (client) hands.give(client);
    }
  } finally {
    signal?.removeEventListener("abort", end);
    hands.hangUp();
    await hands.allDone();
  }
  return hands.served;
}

/** The next client; null if it has gone already, or if there is no free descriptor: it waits then. */
async function acceptOne(socket: Descriptor): Promise<Descriptor | null> {
  try {
    return acceptFrom(socket);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (EXHAUSTED.includes(error.code)) {
      await new Promise((resolve) => setTimeout(resolve, EXHAUSTED_WAIT_MS));
      return null;
    }
    if (error.code === "EAGAIN" || error.code === "ECONNABORTED") return null;
    throw error;
  }
}
