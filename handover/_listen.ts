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

/** The users that may connect to a socket. */
export interface SocketAccess {
  /**
   * The permissions of its file, as for chmod(1). The server also checks each client that has
   * connected: it admits everybody, members of the socket's group, or its own user and root.
   *
   * @default 0o660 with a group, else 0o600
   */
  mode?: number | undefined;
  /** The number of the group that its file belongs to. @default this process's */
  group?: number | undefined;
}

/** The mode until everything is set: only this user may connect. */
const MODE = 0o600;
/** The purpose of a group, for messages. */
const GROUP_MODE = 0o660;
/** The longest path of a socket, see unix(7), and the length of a unique name. */
const [SOCKET_PATH_BYTES, NAME_BYTES] = [107, 18];
const [LOCK_WAITS, LOCK_WAIT_MS] = [200, 10];

/** A socket at this path that this program was started with, as by systemd; null if there is none. */
function inheritedListener(path: string): number | null {
  return inheritedDescriptors().find((number) => listenerPath(number) === resolve(path)) ?? null;
}

/**
 * Listens at a path, and removes it at the end unless another process has replaced it. A socket that
 * this program was started with belongs to the parent, as do its path, its mode and its group.
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

/** Sets the mode and the group of a socket. Errors mention `name`. */
function openTo(
  path: string,
  { group, mode = group === undefined ? MODE : GROUP_MODE }: SocketAccess,
  name = path,
) {
  try {
    if (group !== undefined) Deno.chownSync(path, null, group);
  } catch (cause) {
    const who = "only root and the group's members can do that";
    throw new Error(`can't give ${name} to group ${group}: ${who}`, { cause });
  }
  if (mode !== MODE) Deno.chmodSync(path, mode);
}

/** The folder of a path with its slash; "" if the path has none. */
const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/") + 1);

/**
 * If two servers find a dead server's socket, the lock keeps one from removing the other's new socket.
 * In a folder that everybody may write to, others may hold the lock forever, so it has a time limit.
 */
function lockFolderOf(path: string): Disposable {
  const folder = Deno.openSync(folderOf(path) || ".");
  for (let waits = 0; waits < LOCK_WAITS && !folder.tryLockSync(true); waits++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_WAIT_MS);
  }
  return folder;
}

/** Removes a socket whose server is gone. */
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
 * Checks early that {@linkcode serveBuffers} can listen at a path, by trying at a name beside it: a
 * client that waits for the path must not find it before the buffers are filled. Removes a dead
 * server's socket.
 *
 * @throws {SystemError} `EACCES` if nobody may listen there
 * @throws {Error} if the path is another server's or not a socket, or if the socket can't get
 * the group
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

/** This name is too long for a socket only if `path` is. */
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
