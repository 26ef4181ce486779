import type { Descriptor } from "../ffi/mod.ts";
import type { SharedBuffer } from "./buffer.ts";

/** A way to move bytes, by its name in the letter's table. */
export type MethodName = "R/W" | "sendfile" | "splice" | "c_f_r";

/** Where a copy begins on either side, and how much it moves. */
export interface Range {
  /** Offset in the file, in bytes. */
  fileOffset: bigint;
  /** Offset in the buffer, in bytes. */
  bufferOffset: bigint;
  /** How much to move, in bytes. */
  bytes: bigint;
}

/**
 * One way of moving bytes between a file and a buffer. Whether the I/O is buffered or direct is the
 * file descriptor's `O_DIRECT` flag, not the method's business.
 *
 * Both directions return the bytes moved: less than asked for only at the file's end. They loop over
 * short counts and `EINTR`; any other failure is a `SystemError`.
 */
export interface Method {
  readonly name: MethodName;
  /** file → buffer */
  load(file: Descriptor, buffer: SharedBuffer, range: Range): bigint;
  /** buffer → file */
  store(file: Descriptor, buffer: SharedBuffer, range: Range): bigint;
}
