import { cstring } from "./_cstring.ts";
import { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { unwrap } from "./system_error.ts";

const ACCESS: Record<FileAccess, number> = { "read": 0, "write": 1, "read-write": 2 };
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
/** The only flag here whose number depends on the architecture. */
export const O_DIRECT = Deno.build.arch === "aarch64" ? 0o200000 : 0o40000;

/** What an open file may be used for. */
export type FileAccess = "read" | "write" | "read-write";

/** The flags of open(2) for an access, with `O_CLOEXEC`. */
export function accessFlags(access: FileAccess): number {
  return O_CLOEXEC | ACCESS[access];
}

/** Options of {@linkcode openFile}. */
export interface OpenFileOptions {
  /**
   * What the descriptor is for.
   *
   * @default "read"
   */
  access?: FileAccess;
  /**
   * Bypass the page cache (`O_DIRECT`).
   *
   * @default false
   */
  direct?: boolean;
  /**
   * Create the file where there is none; "new" refuses to open an existing one.
   *
   * @default false
   */
  create?: boolean | "new";
  /**
   * Who may do what with a file that is created; less what the umask takes away.
   *
   * @default 0o666
   */
  mode?: number;
  /**
   * Empty the file.
   *
   * @default false
   */
  truncate?: boolean;
  /**
   * Don't wait for the other end of what turns out to be a FIFO (`O_NONBLOCK`).
   *
   * @default false
   */
  nonblocking?: boolean;
}

/**
 * Opens a file, with `O_CLOEXEC`; see open(2).
 *
 * @throws {SystemError} `EINVAL` where the filesystem has no direct I/O
 */
export function openFile(path: string, options: OpenFileOptions = {}): Descriptor {
  const { access = "read", create = false } = options;
  const flags = accessFlags(access) |
    (options.direct ? O_DIRECT : 0) |
    (create ? O_CREAT : 0) |
    (create === "new" ? O_EXCL : 0) |
    (options.truncate ? O_TRUNC : 0) |
    (options.nonblocking ? O_NONBLOCK : 0);
  const number = library().open(cstring(path), flags, options.mode ?? 0o666);
  return Descriptor.adopt(unwrap(number, { call: "open", subject: path }), path);
}
