import { type Descriptor, groupsOfPeer, type Peer } from "../ffi/mod.ts";

/** The mode and the group of the socket's file, which decide who gets the buffers. */
export interface Access {
  /** As chmod(1) has it: 0o660 lets the group in, 0o666 everybody. */
  mode: number;
  /** The number of the group. */
  gid: number;
}

const [GROUP_WRITE, OTHERS_WRITE] = [0o020, 0o002];

/** The access that the file at `path` gives. */
export function accessOf(path: string): Access {
  const { mode, gid } = Deno.lstatSync(path);
  return { mode: mode ?? 0, gid: gid ?? 0 };
}

/**
 * The reason to refuse a client, or null. The kernel checks the file when a client connects, but its
 * mode may be wrong by mistake, or its filesystem may keep no modes.
 */
export function refusal(client: Descriptor, { uid }: Peer, access: Access): Error | null {
  if (uid === 0 || uid === Deno.uid() || access.mode & OTHERS_WRITE) return null;
  if (!(access.mode & GROUP_WRITE)) {
    return new Error(`user ${uid} is neither the server's user nor root`);
  }
  if (groupsOfPeer(client).includes(access.gid)) return null;
  return new Error(`user ${uid} is not in group ${access.gid}`);
}
