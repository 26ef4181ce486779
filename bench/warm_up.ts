import { pageBytes } from "../ffi/mod.ts";
import { BufferAddresses } from "./buffer_addresses.ts";
import type { Row } from "./result.ts";
import { closeRowBuffer, createRowBuffer } from "./row_buffer.ts";
import { Stopwatch } from "./stopwatch.ts";

/** V8 compiles functions anew after some hundred calls; after 600, none is left. */
const CALLS = 600;
/** The calls between which a signal's handler may run. */
const CALLS_AT_ONCE = 32;

/**
 * Creates and closes small buffers of a row until V8 has compiled all functions that take part: each
 * time, that would take up to 1.4 ms from what is measured.
 *
 * @throws {SystemError} if the kernel does not support the row.
 * @throws the signal's reason once it is aborted.
 */
export async function warmUp(row: Row, signal?: AbortSignal): Promise<void> {
  const watch = new Stopwatch();
  const options = { bytes: pageBytes(), addressHint: new BufferAddresses().take(pageBytes()) };
  for (let call = 0; call < CALLS; call++) {
    if (call % CALLS_AT_ONCE === 0) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
    }
    const buffer = watch.time(() => createRowBuffer(row, options));
    watch.time(() => closeRowBuffer(buffer));
  }
}
