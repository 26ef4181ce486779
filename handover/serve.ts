import {
  acceptFrom,
  connectTo,
  createPipe,
  type Descriptor,
  listenAt,
  type Peer,
  peerOf,
  sendMessage,
  SystemError,
  waitToRead,
} from "../ffi/mod.ts";
import type { SharedBuffer } from "../copy/mod.ts";
import type { Manifest } from "./manifest.ts";

/** Only our own user may connect. */
const MODE = 0o600;
const PIPE_BYTES = 4096;
/** poll(2)'s timeout is an int. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** What {@linkcode serveBuffers} hands out. */
export interface Handed {
  /** The buffers; they stay the caller's to close. */
  buffers: readonly SharedBuffer[];
  /** What is said of them. */
  manifest: Manifest;
}

/** Options of {@linkcode serveBuffers}. */
export interface ServeOptions {
  /** End after so many clients have got the buffers. @default never */
  maxClients?: number | undefined;
  /** When to end, in milliseconds since 1970. @default never */
  untilMs?: number | undefined;
  /** Ends it. */
  signal?: AbortSignal | undefined;
  /** Called when the socket can be connected to. */
  onListening?: () => void;
  /** Called after each client; `error` says why it got nothing. */
  onClient?: (peer: Peer, error: Error | null) => void;
}

/**
 * Hands buffers' descriptors out at a socket, to processes of our user or of root, until it is told
 * to end. A client gets the manifest as JSON, with the descriptors beside it (`SCM_RIGHTS`).
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
 * @returns how many clients got them
 * @throws {SystemError} `EADDRINUSE` if there is another server, or no socket, at the path
 */
export async function serveBuffers(
  path: string,
  { buffers, manifest, ...options }: Handed & ServeOptions,
): Promise<number> {
  const { maxClients = Infinity, untilMs = Infinity, signal } = options;
  const message = {
    data: new TextEncoder().encode(JSON.stringify(manifest)),
    descriptors: buffers.map(({ share }) => share),
  };
  using listener = listen(path);
  using wake = createPipe(PIPE_BYTES);
  const end = () => wake.writeEnd.close();
  signal?.addEventListener("abort", end);
  options.onListening?.();
  let clients = 0;
  try {
    while (clients < maxClients && !signal?.aborted) {
      const leftMs = Math.ceil(untilMs - Date.now());
      if (leftMs <= 0) break;
      const timeoutMs = leftMs === Infinity ? -1 : Math.min(leftMs, MAX_WAIT_MS);
      if (!await waitToRead(listener.socket, { wake: wake.readEnd, timeoutMs })) continue;
      const error = await hand(listener.socket, message, options.onClient);
      if (error === null) clients++;
    }
  } finally {
    signal?.removeEventListener("abort", end);
  }
  return clients;
}

/** Serves one client. */
async function hand(
  socket: Descriptor,
  message: Parameters<typeof sendMessage>[1],
  onClient: ServeOptions["onClient"],
): Promise<Error | null> {
  using client = acceptFrom(socket);
  const peer = peerOf(client);
  // A client that went away, does not read, or is none of ours is no reason to end.
  const error = await send(client, peer, message);
  onClient?.(peer, error);
  return error;
}

async function send(
  client: Descriptor,
  { uid }: Peer,
  message: Parameters<typeof sendMessage>[1],
): Promise<Error | null> {
  if (uid !== 0 && uid !== Deno.uid()) return new Error(`user ${uid} is neither ours nor root`);
  try {
    await sendMessage(client, message);
    return null;
  } catch (error) {
    if (error instanceof SystemError) return error;
    throw error;
  }
}

/** Listens at a path, and removes it in the end unless it is another's by then. */
function listen(path: string): { socket: Descriptor } & Disposable {
  const socket = listenInPlaceOfDead(path);
  const { ino } = Deno.lstatSync(path);
  return {
    socket,
    [Symbol.dispose]() {
      socket.close();
      if (statOrNull(path)?.ino === ino) Deno.removeSync(path);
    },
  };
}

/** Takes the place of a socket whose server is gone. */
function listenInPlaceOfDead(path: string): Descriptor {
  try {
    return listenAt(path, { mode: MODE });
  } catch (error) {
    if (!(error instanceof SystemError && error.errno === "EADDRINUSE")) throw error;
    checkSocketPath(path);
    Deno.removeSync(path);
    return listenAt(path, { mode: MODE });
  }
}

/**
 * Says early that {@linkcode serveBuffers} can't listen at a path.
 *
 * @throws {Error} if there is another server, or no socket
 */
export function checkSocketPath(path: string): void {
  const info = statOrNull(path);
  if (info && !info.isSocket) throw new Error(`${path} is there and no socket`);
  if (info && isServed(path)) {
    throw new Error(`another server listens at ${path}: choose another path`);
  }
}

function isServed(path: string): boolean {
  try {
    connectTo(path).close();
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.errno === "ECONNREFUSED") return false;
    throw error;
  }
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
