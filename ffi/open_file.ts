import { cstring } from "./_cstring.ts";
import { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { unwrap } from "./system_error.ts";

const ACCESS: Record<FileAccess, number> = { "read": 0, "write": 1, "read-write": 2 };
const ENOENT = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const O_TMPFILE_ALONE = 0o20000000;
/** The numbers of this flag and the next one depend on the architecture. */
const O_DIRECT = Deno.build.arch === "aarch64" ? 0o200000 : 0o40000;
const O_DIRECTORY = Deno.build.arch === "aarch64" ? 0o40000 : 0o200000;

/** The access to an open file. */
export type FileAccess = "read" | "write" | "read-write";

/** The flags of open(2) for an access, with `O_CLOEXEC`. */
export function accessFlags(access: FileAccess): number {
  return O_CLOEXEC | ACCESS[access];
}

/** Options of {@linkcode openFile}. */
export interface OpenFileOptions {
  /**
   * The access of the descriptor.
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
   * Create the file if it does not exist; "new" refuses to open an existing one.
   *
   * @default false
   */
  create?: boolean | "new";
  /**
   * The permissions of a created file, minus those that the umask removes.
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
   * Don't wait for the other end if the file is a FIFO (`O_NONBLOCK`).
   *
   * @default false
   */
  nonblocking?: boolean;
  /**
   * Its name in messages.
   *
   * @default the path
   */
  name?: string;
}

/**
 * Opens a file, with `O_CLOEXEC`; see open(2).
 *
 * @throws {SystemError} `EINVAL` if the filesystem has no direct I/O
 */
export function openFile(path: string, options: OpenFileOptions = {}): Descriptor {
  return adopt(path, options, open(path, options));
}

/**
 * {@linkcode openFile}, but null if there is no such file. The first throw in a process
 * takes milliseconds, so this function throws nothing.
 */
export function openFileIfThere(path: string, options: OpenFileOptions = {}): Descriptor | null {
  const number = open(path, options);
  return number === -ENOENT ? null : adopt(path, options, number);
}

function adopt(path: string, { name = path }: OpenFileOptions, number: number): Descriptor {
  return Descriptor.adopt(unwrap(number, { call: "open", subject: name, path }), name);
}

/** The descriptor's number, or -errno. */
function open(path: string, options: OpenFileOptions): number {
  const { access = "read", create = false, mode = 0o666 } = options;
  const flags = accessFlags(access) |
    (options.direct ? O_DIRECT : 0) |
    (create ? O_CREAT : 0) |
    (create === "new" ? O_EXCL : 0) |
    (options.truncate ? O_TRUNC : 0) |
    (options.nonblocking ? O_NONBLOCK : 0);
  return library().open(cstring(path), flags, mode);
}

/**
 * Creates a file without a name in `folder`, for writing. Unless it gets a name, it disappears with its
 * last descriptor, whatever ends that. See open(2), `O_TMPFILE`.
 *
 * @param name The name in messages.
 * @throws {SystemError} `EOPNOTSUPP` if the filesystem has no such files
 */
export function openUnnamed(folder: string, options: { name: string; mode: number }): Descriptor {
  const { name, mode } = options;
  const flags = accessFlags("read-write") | O_TMPFILE_ALONE | O_DIRECTORY;
  const number = library().open(cstring(folder), flags, mode);
  return Descriptor.adopt(unwrap(number, { call: "open", subject: name, path: folder }), name);
}
