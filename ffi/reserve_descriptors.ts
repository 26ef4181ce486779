import { Descriptor } from "./descriptor.ts";
import { openFile } from "./open_file.ts";
import { SystemError } from "./system_error.ts";

/**
 * Enlarges this process' table of descriptors ahead. The kernel would do so when the table is full,
 * at 64 descriptors and every power of two; in a process with threads it then waits for an RCU grace
 * period, which takes tens of milliseconds.
 *
 * @param count The descriptors to have room for; more than `RLIMIT_NOFILE` enlarge nothing.
 * @throws {SystemError} `ENOMEM` if the kernel has no memory for the table
 */
export function reserveDescriptors(count: number): void {
  using file = openFile("/dev/null");
  try {
    Descriptor.duplicate(file.number, count - 1).close();
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== "EINVAL") throw error;
  }
}
