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

/**
 * The number of the group of a name; see getgrnam(3).
 *
 * @throws {SystemError} `ENOENT` if there is none
 */
export function groupId(name: string): number {
  const result = library().group_id(cstring(name));
  return Number(unwrap(result, { call: "getgrnam", subject: name }));
}
