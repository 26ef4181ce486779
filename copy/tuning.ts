import type { LoadMethod } from "./method.ts";

// What is measured here: 1 GiB from the command line into a udmabuf of huge pages, in the lab (device
// 250 ms), "./run lab run -- dmacopy copy /data/model.bin udmabuf --chunk C --depth D --json", in ms:
// 8 MiB × 4 takes 279; 2 MiB × 4 313, 32 MiB × 4 285; 8 MiB × 1 346, × 2 291, × 8 279.

/** How much to move at once where nobody says: less has more calls, more waits for its first pages. */
export const CHUNK_BYTES = 8n << 20n;

/** How many chunks to move at once where nobody says: the disk never waits for the next. */
export const DEPTH = 4;

/** How many chunks may be under way at once: threads of the pool that Deno runs calls on. */
export const MAX_DEPTH = 32;

/**
 * How many threads make pages ahead, if there are as many CPUs: making them is bound by the CPU, which
 * reads need, too. The lab's guest has one CPU, so this is not measured there.
 */
export const PREPARERS = 2;

/**
 * Of several dma-bufs of a heap that clears, each this large, one is made while another is read: 1 GiB
 * took 278-283 ms, in one buffer 410, before the series left clearing out.
 */
export const SPLIT_BYTES = 32n << 20n;

/** How many chunks to move at once by a method: sendfile and splice have one position, or one pipe. */
export function depthOf(method: LoadMethod): number {
  return method === "sendfile" || method === "splice" ? 1 : DEPTH;
}
