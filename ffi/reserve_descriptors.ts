import { Descriptor } from "./descriptor.ts";
import { longCall } from "./long_call.ts";
import { openFile } from "./open_file.ts";
import { SystemError } from "./system_error.ts";

/** The size of a process' first table of descriptors. */
const FIRST_COUNT = 64;

/** The most descriptors that room was made for. */
let reserved = FIRST_COUNT;

/**
 * Enlarges this process' table of descriptors ahead, on another thread. The kernel would do so when
 * the table is full, at 64 descriptors and every power of two; in a process with threads it then
 * waits for an RCU grace period, which takes tens of milliseconds. Until the table is large enough,
 * descriptors that fit into the old one can be opened without waiting.
 *
 * It is only an optimisation, and so never fails: more descriptors than `RLIMIT_NOFILE` allows, or
 * than there is memory for, enlarge nothing.
 *
 * @param count The descriptors to have room for, besides those that are open.
 */
export async function reserveDescriptors(count: number): Promise<void> {
  try {
    using file = openFile("/dev/null");
    // The kernel gives the least free number.
    const wanted = file.number + count;
    if (wanted <= reserved) return;
    reserved = wanted;
    const number = await longCall("dup", [file.number, wanted - 1], file.name).async();
    Descriptor.adopt(Number(number), file.name).close();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}
