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
import { type Access, accessOf } from "./_access.ts";

/** Who may connect to a socket. */
export interface SocketAccess {
  /**
   * The permissions of its file, as chmod(1) has them. A client is checked again after it has
   * connected: everybody, members of the socket's group, or our own user and root.
   *
   * @default 0o660 with a group, else 0o600
   */
  mode?: number | undefined;
  /** The number of the group that its file belongs to. @default our own */
  group?: number | undefined;
}

/** Only our own user may connect: until all is set. */
const MODE = 0o600;
/** What a group is named for. */
const GROUP_MODE = 0o660;
/** The longest path of a socket, see unix(7), and enough for a name that nobody else has. */
const [SOCKET_PATH_BYTES, NAME_BYTES] = [107, 18];
const [LOCK_WAITS, LOCK_WAIT_MS] = [200, 10];

/** Who listens at this path for us already, as systemd does; null if nobody does. */
function inheritedListener(path: string): number | null {
  return inheritedDescriptors().find((number) => listenerPath(number) === resolve(path)) ?? null;
}

/**
 * Listens at a path, and removes it in the end unless it is another's by then. A socket that we were
 * started with belongs to whoever started us, as do its path, its mode and its group.
 */
export function listen(
  path: string,
  access: SocketAccess = {},
): { socket: Descriptor; access: Access } & Disposable {
  const inherited = inheritedListener(path);
  if (inherited !== null) {
    const socket = adoptListener(inherited, path);
    return { socket, access: accessOf(path), [Symbol.dispose]: () => socket.close() };
  }
  using _lock = lockFolderOf(path);
  using opening = new DisposableStack();
  const socket = opening.use(listenInPlaceOfDead(path));
  opening.defer(() => Deno.removeSync(path));
  openTo(path, access);
  opening.move();
  const { ino } = Deno.lstatSync(path);
  return {
    socket,
    access: accessOf(path),
    [Symbol.dispose]() {
      using _lock = lockFolderOf(path);
      socket.close();
      if (ifThere(() => Deno.lstatSync(path))?.ino === ino) Deno.removeSync(path);
    },
  };
}

/** Lets those in who may connect. Errors name `name`. */
function openTo(
  path: string,
  { group, mode = group === undefined ? MODE : GROUP_MODE }: SocketAccess,
  name = path,
) {
  try {
    if (group !== undefined) Deno.chownSync(path, null, group);
  } catch (cause) {
    const who = "only root, and its members, can give a file to it";
    throw new Error(`can't give ${name} to group ${group}: ${who}`, { cause });
  }
  if (mode !== MODE) Deno.chmodSync(path, mode);
}

/** With its slash; "" where the path has none. */
const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/") + 1);

/**
 * Of two that find a dead server's socket, one must not remove what the other made meanwhile. In a
 * folder that is everybody's, others may hold the lock for ever: they don't keep us waiting.
 */
function lockFolderOf(path: string): Disposable {
  const folder = Deno.openSync(folderOf(path) || ".");
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
 * Says early that {@linkcode serveBuffers} can't listen at a path, by trying so at a name beside it:
 * a client that waits for the path to be there must not find it before the buffers are filled. A
 * dead server's socket is removed.
 *
 * @throws {SystemError} `EACCES` if nobody may listen there
 * @throws {Error} if there is another server, a file that is not a socket, or a group to which it
 * can't be given
 */
export function checkSocketPath(path: string, access: SocketAccess = {}): void {
  if (inheritedListener(path) !== null) return;
  using _lock = lockFolderOf(path);
  checkDead(path);
  ifThere(() => Deno.removeSync(path));
  const beside = nameBeside(path);
  using stack = new DisposableStack();
  stack.use(listenAt(beside, { mode: MODE, name: path }));
  stack.defer(() => Deno.removeSync(beside));
  openTo(beside, access, path);
}

/** Is too long for a socket only where `path` is. */
function nameBeside(path: string): string {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const folder = folderOf(path);
  const room = SOCKET_PATH_BYTES - bytes(folder);
  const length = Math.max(bytes(path) - bytes(folder), Math.min(NAME_BYTES, room));
  return folder + crypto.randomUUID().padEnd(length, "-").slice(0, length);
}

function checkDead(path: string): void {
  const info = ifThere(() => Deno.lstatSync(path));
  if (info && !info.isSocket) throw new Error(`${path} exists and is not a socket`);
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
