import { ifThere } from "../base/if_there.ts";
import { resolve } from "node:path";
import {
  adoptListener,
  connectTo,
  type Descriptor,
  listenAt,
  listenerPath,
  SystemError,
} from "../ffi/mod.ts";
import { inheritedDescriptors } from "./_inherited.ts";

/** Only our own user may connect. */
const MODE = 0o600;
const [LOCK_WAITS, LOCK_WAIT_MS] = [200, 10];

/** Who listens at this path for us already, as systemd does; null if nobody does. */
function inheritedListener(path: string): number | null {
  return inheritedDescriptors().find((number) => listenerPath(number) === resolve(path)) ?? null;
}

/**
 * Listens at a path, and removes it in the end unless it is another's by then. A socket that we were
 * started with is whose it was, and so is its path.
 */
export function listen(path: string): { socket: Descriptor } & Disposable {
  const inherited = inheritedListener(path);
  if (inherited !== null) {
    const socket = adoptListener(inherited, path);
    return { socket, [Symbol.dispose]: () => socket.close() };
  }
  using _lock = lockFolderOf(path);
  const socket = listenInPlaceOfDead(path);
  const { ino } = Deno.lstatSync(path);
  return {
    socket,
    [Symbol.dispose]() {
      using _lock = lockFolderOf(path);
      socket.close();
      if (ifThere(() => Deno.lstatSync(path))?.ino === ino) Deno.removeSync(path);
    },
  };
}

/**
 * Of two that find a dead server's socket, one must not remove what the other made meanwhile. In a
 * folder that is everybody's, others may hold the lock for ever: they don't keep us waiting.
 */
function lockFolderOf(path: string): Disposable {
  const folder = Deno.openSync(path.slice(0, path.lastIndexOf("/") + 1) || ".");
  for (let waits = 0; waits < LOCK_WAITS && !folder.tryLockSync(true); waits++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_WAIT_MS);
  }
  return folder;
}

/** Takes the place of a socket whose server is gone. */
function listenInPlaceOfDead(path: string): Descriptor {
  try {
    return listenAt(path, { mode: MODE });
  } catch (error) {
    if (!(error instanceof SystemError && error.code === "EADDRINUSE")) throw error;
    checkDead(path);
    Deno.removeSync(path);
    return listenAt(path, { mode: MODE });
  }
}

/**
 * Says early that {@linkcode serveBuffers} can't listen at a path, by trying.
 *
 * @throws {SystemError} `EACCES` if nobody may listen there
 * @throws {Error} if there is another server, or no socket
 */
export function checkSocketPath(path: string): void {
  if (inheritedListener(path) !== null) return;
  listen(path)[Symbol.dispose]();
}

function checkDead(path: string): void {
  const info = ifThere(() => Deno.lstatSync(path));
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
    if (error instanceof SystemError && error.code === "ECONNREFUSED") return false;
    throw error;
  }
}
