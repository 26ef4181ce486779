import { cstring } from "./_cstring.ts";
import { library } from "./_library.ts";
import { unwrap } from "./system_error.ts";

/** The kernel's release, as `uname -r` prints it; see uname(2). */
export function kernelRelease(): string {
  const out = new Uint8Array(65);
  const result = library().kernel_release(out, BigInt(out.length));
  unwrap(result, { call: "uname", subject: "kernel" });
  return new TextDecoder().decode(out.subarray(0, out.indexOf(0)));
}

/** The size of a page of memory, in bytes; see sysconf(3). */
export function pageBytes(): bigint {
  return unwrap(library().page_bytes(), { call: "sysconf", subject: "page size" });
}

const LEAST_PLACE_BYTES = 4096n;

/**
 * The alignment of places in buffers, in bytes, with which any disk can write there directly, and each
 * place can be mapped by itself: a page, but at least 4096 bytes, the largest block of disks.
 */
export function placeBytes(page: bigint = pageBytes()): bigint {
  return page > LEAST_PLACE_BYTES ? page : LEAST_PLACE_BYTES;
}

/**
 * The number of the group with a name; see getgrnam(3).
 *
 * @throws {SystemError} `ENOENT` if there is none
 */
export function groupId(name: string): number {
  const result = library().group_id(cstring(name));
  return Number(unwrap(result, { call: "getgrnam", subject: name }));
}
