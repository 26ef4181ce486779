import type { Descriptor } from "../ffi/mod.ts";
import type { IoMemory, SharedBuffer } from "./buffer.ts";

/** A method to move bytes, by the name of its system call; "read" is read(2) and write(2). */
export type MethodName = Exclude<LoadMethod, "io_uring" | "bounce">;

/** Every {@linkcode LoadMethod}. */
export const loadMethods = [
  "read",
  "io_uring",
  "copy_file_range",
  "sendfile",
  "splice",
  "bounce",
] as const;

/**
 * A method to fill a buffer: a {@linkcode MethodName}, reads by io_uring into its mapping, or reads into
 * memory of this process and copies from there ("bounce").
 */
export type LoadMethod = typeof loadMethods[number];

/** The offsets of a copy on both sides, and its length. */
export interface Range {
  /** Offset in the file, in bytes. */
  fileOffset: bigint;
  /** Offset in the buffer, in bytes. */
  bufferOffset: bigint;
  /** The bytes to move. */
  bytes: bigint;
}

/**
 * An instance of a method that moves bytes between a file and a buffer. Whether the I/O is buffered or direct is the
 * file descriptor's `O_DIRECT` flag, not the method's business.
 *
 * Every form returns the bytes moved: less than asked for only at the file's end. They loop over
 * short counts and `EINTR`; any other failure is a `SystemError`, a range outside the buffer a
 * `RangeError`. An instance serves one copy at a time; disposing it frees what it holds (a pipe).
 */
export interface Method extends Disposable {
  /** Its name. */
  readonly name: MethodName;
  /** file → buffer */
  load(file: Descriptor, buffer: IoMemory, range: Range): bigint;
  /** buffer → file */
  store(file: Descriptor, buffer: IoMemory, range: Range): bigint;
  /** {@linkcode load}, off the main thread. */
  loadAsync(file: Descriptor, buffer: IoMemory, range: Range): Promise<bigint>;
  /** {@linkcode store}, off the main thread. */
  storeAsync(file: Descriptor, buffer: IoMemory, range: Range): Promise<bigint>;
}

/** Options of {@linkcode CreateMethod}. */
export interface MethodOptions {
  /**
   * The most bytes to move in one call: also the size of splice's pipe.
   *
   * @default 32 MiB
   */
  chunkBytes?: bigint;
}

/** Makes an instance of a method: `using method = methods["splice"]({ chunkBytes })`. */
export type CreateMethod = (options?: MethodOptions) => Method;

/** Fills a buffer, several ranges at once. */
export interface Reader extends Disposable {
  /**
   * file → buffer, off the main thread.
   *
   * @returns the bytes moved: less than asked for only at the file's end
   */
  read(file: Descriptor, buffer: SharedBuffer, range: Range): Promise<bigint>;
}
