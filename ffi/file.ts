import { cstring } from "./_cstring.ts";
import type { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { type LongCall, longCall } from "./long_call.ts";
import { unwrap } from "./system_error.ts";

const SECOND_NS = 1_000_000_000n;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const ENOENT = 2;
const ENXIO = 6n;
/** unistd.h */
const [SEEK_SET, SEEK_DATA, SEEK_HOLE] = [0, 3, 4];
/** linux/fs.h, `FS_IMMUTABLE_FL`. */
const IMMUTABLE = 0x10;
/** linux/magic.h: tmpfs, ramfs, hugetlbfs. */
const IN_MEMORY = [0x01021994, 0x858458f6, 0x958458f6];

/** The result of {@linkcode fileStatus}. */
export interface FileStatus {
  /** Size, in bytes. */
  bytes: bigint;
  /** The time of the last change of the content, in nanoseconds since 1970. */
  modifiedNs: bigint;
  /** The time of the last change of content, size or metadata, in nanoseconds since 1970. */
  changedNs: bigint;
  /** Whether it is a regular file. */
  isFile: boolean;
  /** The filesystem it is on. */
  device: bigint;
  /** The number of the file there. */
  inode: bigint;
}

/** The status of an open file; see fstat(2). */
export function fileStatus(file: Descriptor): FileStatus {
  const out = new BigInt64Array(8);
  unwrap(library().fstat(file.number, out), { call: "fstat", subject: file.name });
  return statusFrom(out);
}

/**
 * The status of a file that this process may open for reading; see stat(2). NFS asks its server, as
 * at open.
 *
 * @param name The name in messages.
 * @throws {SystemError} as opening it would
 */
export function readableStatus(path: string, name = path): FileStatus {
  const out = new BigInt64Array(8);
  return checked(library().stat(cstring(path), out), out, name);
}

/** {@linkcode readableStatus}, but null if there is no such file. */
export function readableStatusIfThere(path: string, name = path): FileStatus | null {
  const out = new BigInt64Array(8);
  const result = library().stat(cstring(path), out);
  return result === -ENOENT ? null : checked(result, out, name);
}

function checked(result: number, out: BigInt64Array, name: string): FileStatus {
  unwrap(result, { call: "open", subject: name, path: name });
  return statusFrom(out);
}

function statusFrom(out: BigInt64Array): FileStatus {
  // Destructuring makes more garbage, and a copy of many files takes this three times for each.
  return {
    bytes: out[0]!,
    modifiedNs: out[1]! * SECOND_NS + out[2]!,
    changedNs: out[3]! * SECOND_NS + out[4]!,
    isFile: (Number(out[5]!) & S_IFMT) === S_IFREG,
    device: out[6]!,
    inode: out[7]!,
  };
}

/** The alignment that direct I/O on a file needs, in bytes. */
export interface DirectAlignment {
  /** The alignment of addresses in memory. */
  memoryBytes: number;
  /** The alignment of offsets in the file and of lengths. */
  offsetBytes: number;
}

/**
 * The alignment that direct I/O on the file needs; see statx(2), `STATX_DIOALIGN`.
 *
 * @returns null if the file has no direct I/O, "unknown" if the filesystem does not report it
 */
export function directAlignment(file: Descriptor): DirectAlignment | "unknown" | null {
  const out = new Uint32Array(3);
  unwrap(library().dio_align(file.number, out), { call: "statx", subject: file.name });
  const [says = 0, memoryBytes = 0, offsetBytes = 0] = out;
  if (!says) return "unknown";
  return offsetBytes === 0 ? null : { memoryBytes, offsetBytes };
}

/** Whether the file is on a filesystem that only lives in memory; see statfs(2). */
export function isInMemory(file: Descriptor): boolean {
  const type = unwrap(library().fs_type(file.number), { call: "fstatfs", subject: file.name });
  return IN_MEMORY.includes(Number(type));
}

/** Forbids any change of the file, or allows it again; see chattr(1), `i`. Needs root. */
export function setImmutable(file: Descriptor, immutable: boolean): void {
  const error = { call: "FS_IOC_SETFLAGS", subject: file.name };
  const attributes = new Int32Array(1);
  unwrap(library().get_attributes(file.number, attributes), error);
  const [others = 0] = attributes.map((bits) => bits & ~IMMUTABLE);
  unwrap(library().set_attributes(file.number, immutable ? others | IMMUTABLE : others), error);
}

/** Sets the permissions of a file, whatever the umask is; see fchmod(2). */
export function setMode(file: Descriptor, mode: number): void {
  unwrap(library().fchmod(file.number, mode), { call: "fchmod", subject: file.name });
}

/**
 * Gives a name to a file that was opened without one; see open(2), `O_TMPFILE`.
 *
 * @throws {SystemError} `EEXIST` if the name is taken
 */
export function linkAt(file: Descriptor, path: string): void {
  unwrap(library().link(file.number, cstring(path)), { call: "linkat", subject: path, path });
}

/** Sets the size of a file; see ftruncate(2). */
export function resize(file: Descriptor, bytes: bigint): void {
  unwrap(library().ftruncate(file.number, bytes), { call: "ftruncate", subject: file.name });
}

/** Allocates a file's first `bytes`, which also makes it that long; see fallocate(2). */
export function allocate(file: Descriptor, bytes: bigint): LongCall {
  return longCall("fallocate", [file.number, bytes], file.name);
}

/** Sets the descriptor's position, from the file's beginning; see lseek(2). */
export function seek(file: Descriptor, offset: bigint): void {
  seekFrom(file, offset, SEEK_SET);
}

/**
 * The bytes of a file that are not in holes; see lseek(2), `SEEK_DATA`. Filesystems that know of no
 * holes count all. It moves the descriptor's position.
 */
export function dataBytes(file: Descriptor): bigint {
  let [bytes, end] = [0n, 0n];
  for (;;) {
    const start = library().lseek(file.number, end, SEEK_DATA);
    if (start === -ENXIO) return bytes;
    end = seekFrom(file, unwrap(start, { call: "lseek", subject: file.name }), SEEK_HOLE);
    bytes += end - start;
  }
}

function seekFrom(file: Descriptor, offset: bigint, whence: number): bigint {
  return unwrap(library().lseek(file.number, offset, whence), {
    call: "lseek",
    subject: file.name,
  });
}

/** Writes the file's cached data to its device; see fsync(2). */
export function sync(file: Descriptor): LongCall {
  return longCall("fsync", [file.number], file.name);
}
