import { cstring } from "./_cstring.ts";
import { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { longCall } from "./long_call.ts";
import { SystemError, unwrap } from "./system_error.ts";

/** The most descriptors that a message can carry: the kernel's `SCM_MAX_FD`. */
const MAX_DESCRIPTORS = 253;
const PART_BYTES = 65536;
/** The largest message, larger than any manifest: a peer must not fill this process's memory. */
const MAX_MESSAGE_BYTES = 64 * 2 ** 20;
const EMSGSIZE = 90;
/** sys/socket.h */
const SHUT_WR = 1;
const SHUT_RDWR = 2;
/** The time to wait for a peer that does nothing. */
const PATIENCE_SECONDS = 10;

/** The process at the other end of a socket. */
export interface Peer {
  /** Its process ID. */
  pid: number;
  /** Its user. */
  uid: number;
  /** Its group. */
  gid: number;
}

/** A message of any length, with descriptors. */
export interface Message {
  /** The bytes. */
  data: Uint8Array<ArrayBuffer>;
  /** The descriptors, in order; the receiver owns them. */
  descriptors: readonly Descriptor[];
}

/**
 * Listens at `path`, which must not exist; see unix(7). Errors name `name`.
 *
 * @throws {SystemError} `EADDRINUSE` if the path exists, `ENAMETOOLONG` beyond 107 bytes
 */
export function listenAt(
  path: string,
  { mode, name = path }: { mode: number; name?: string },
): Descriptor {
  const number = library().listen(cstring(path), mode);
  return Descriptor.adopt(unwrap(number, { call: "bind", subject: name, path: name }), name);
}

/** `sun_path` of linux/un.h, and a zero byte. */
const PATH_BYTES = 109;

/**
 * The path at which the descriptor `number` listens, which this process does not own yet; null if it
 * does not listen, or has no path.
 */
export function listenerPath(number: number): string | null {
  const out = new Uint8Array(PATH_BYTES);
  if (library().listener_path(number, out) < 0) return null;
  return new TextDecoder().decode(out.subarray(0, out.indexOf(0))) || null;
}

/** Takes ownership of a descriptor that listens at `path`, and sets it up as {@linkcode listenAt} does. */
export function adoptListener(number: number, path: string): Descriptor {
  const socket = Descriptor.adopt(number, path);
  socket.setInheritable(false);
  unwrap(library().set_nonblocking(number), { call: "fcntl", subject: path });
  return socket;
}

/**
 * Sends a text as a datagram to the socket at `path`; one that begins with "@" is in the abstract
 * namespace.
 *
 * @throws {SystemError} `ECONNREFUSED` or `ENOENT` if no process is there
 */
export function sendDatagram(path: string, text: string): void {
  unwrap(library().notify(cstring(path), cstring(text)), { call: "sendto", subject: path, path });
}

/**
 * Connects to the socket at `path`.
 *
 * @throws {SystemError} `ECONNREFUSED` if no process listens there any more
 */
export function connectTo(path: string): Descriptor {
  const number = library().connect(cstring(path), PATIENCE_SECONDS);
  return Descriptor.adopt(unwrap(number, { call: "connect", subject: path, path }), path);
}

/**
 * The next client that waits at a socket; see {@linkcode waitToRead}.
 *
 * @throws {SystemError} `EAGAIN` if none waits
 */
export function acceptFrom(listener: Descriptor): Descriptor {
  const error = { call: "accept", subject: listener.name };
  const number = unwrap(library().accept(listener.number, PATIENCE_SECONDS), error);
  return Descriptor.adopt(number, `a client of ${listener.name}`);
}

/** The process at the other end, as the kernel reports it; see unix(7), `SO_PEERCRED`. */
export function peerOf(socket: Descriptor): Peer {
  const out = new Uint32Array(3);
  unwrap(library().peer(socket.number, out), { call: "getsockopt", subject: socket.name });
  const [pid = 0, uid = 0, gid = 0] = out;
  return { pid, uid, gid };
}

/** The most groups that a process can be in: the kernel's `NGROUPS_MAX`. */
const MAX_GROUPS = 65536;

/** The groups that the process at the other end is in; see socket(7), `SO_PEERGROUPS`. */
export function groupsOfPeer(socket: Descriptor): number[] {
  const out = new Uint32Array(MAX_GROUPS);
  const result = library().peer_groups(socket.number, out, out.length);
  const count = unwrap(result, { call: "getsockopt", subject: socket.name });
  return [peerOf(socket).gid, ...out.subarray(0, count)];
}

/**
 * Waits until there is something to read, or `wake` has something or is closed at its other end.
 *
 * @param timeoutMs The longest time to wait; -1 waits forever.
 * @returns whether `socket` can be read
 */
export async function waitToRead(
  socket: Descriptor,
  options: { wake: Descriptor; timeoutMs: number },
): Promise<boolean> {
  const args: [number, number, number] = [socket.number, options.wake.number, options.timeoutMs];
  return (await longCall("poll", args, socket.name).async() & 1n) !== 0n;
}

/**
 * Sends a message with its descriptors, see unix(7), `SCM_RIGHTS`, and waits until the peer has read
 * it to its end.
 *
 * @throws {SystemError} `EAGAIN` if the peer doesn't read for ten seconds, `EPIPE` or `ECONNRESET` if
 * it is gone
 */
export async function sendMessage(socket: Descriptor, message: Message): Promise<void> {
  const { data } = message;
  const numbers = message.descriptors.map(({ number }) => number);
  let sent = 0;
  while (sent < data.length) {
    const fds = Int32Array.from(numbers.splice(0, MAX_DESCRIPTORS));
    // Each message but the last has one byte and as many descriptors as fit; the last has the rest.
    const end = numbers.length > 0 ? sent + 1 : data.length;
    const part = data.subarray(sent, end);
    const args = [socket.number, part, BigInt(part.length), fds, fds.length] as const;
    sent += Number(await longCall("send", [...args], socket.name).async());
  }
  unwrap(library().shutdown(socket.number, SHUT_WR), { call: "shutdown", subject: socket.name });
  const answer = [
    socket.number,
    new Uint8Array(1),
    1n,
    new Int32Array(1 + MAX_DESCRIPTORS),
  ] as const;
  await longCall("receive", [...answer], socket.name).async();
}

/** Ends sending and receiving at a socket, also in calls that wait; see shutdown(2). */
export function hangUp(socket: Descriptor): void {
  // If the peer is gone, the connection has ended already.
  library().shutdown(socket.number, SHUT_RDWR);
}

/**
 * Receives everything that the peer sends until it closes its end.
 *
 * @throws {SystemError} `EAGAIN` if the peer sends nothing for ten seconds, `EMSGSIZE` if it does not
 * end within 64 MiB
 */
export async function receiveMessage(socket: Descriptor): Promise<Message> {
  using received = new DisposableStack();
  const descriptors: Descriptor[] = [];
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const part = new Uint8Array(PART_BYTES);
    const out = new Int32Array(1 + MAX_DESCRIPTORS);
    const args = [socket.number, part, BigInt(part.length), out] as const;
    const got = Number(await longCall("receive", [...args], socket.name).async());
    for (const number of out.subarray(1, 1 + (out[0] ?? 0))) {
      descriptors.push(received.use(Descriptor.adopt(number, `from ${socket.name}`)));
    }
    if (got === 0) break;
    parts.push(part.subarray(0, got));
    bytes += got;
    if (bytes > MAX_MESSAGE_BYTES) {
      throw new SystemError(EMSGSIZE, { call: "recvmsg", subject: socket.name });
    }
  }
  received.move();
  return { data: new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()), descriptors };
}
