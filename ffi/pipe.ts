import { Descriptor } from "./descriptor.ts";
import { readKernelText } from "./kernel_text.ts";
import { library } from "./_library.ts";
import { unwrap } from "./system_error.ts";

/** A pipe; see pipe(2). */
export interface Pipe extends Disposable {
  /** The end to read from. */
  readonly readEnd: Descriptor;
  /** The end to write to. */
  readonly writeEnd: Descriptor;
  /** Its capacity, in bytes. */
  readonly bytes: number;
}

/**
 * Makes a pipe that holds `bytes`, or less if /proc/sys/fs/pipe-max-size
 * does not allow an unprivileged process that much; see fcntl(2), `F_SETPIPE_SZ`.
 *
 * @throws {SystemError}
 */
export function createPipe(bytes: number): Pipe {
  const fds = new Int32Array(2);
  unwrap(library().pipe(fds), { call: "pipe2", subject: "pipe" });
  const [read = -1, write = -1] = fds;
  const readEnd = Descriptor.adopt(read, "pipe");
  const writeEnd = Descriptor.adopt(write, "pipe");
  try {
    if (library().set_pipe_bytes(write, bytes) < 0) {
      // This may also fail if this user's pipes have too much memory already: then the size stays.
      library().set_pipe_bytes(write, Math.min(bytes, maxBytes()));
    }
    const error = { call: "fcntl", subject: "pipe" };
    const actual = unwrap(library().get_pipe_bytes(write), error);
    return { readEnd, writeEnd, bytes: actual, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }

  function close() {
    readEnd.close();
    writeEnd.close();
  }
}

function maxBytes(): number {
  return Number(readKernelText("/proc/sys/fs/pipe-max-size"));
}
