import type { LoadMethod } from "./method.ts";

// These are times of 1 GiB from the command line into a udmabuf of huge pages, in the lab (device
// 250 ms), "./run lab run -- dmacopy copy /data/model.bin udmabuf --chunk C --depth D --json", in ms:
// 8 MiB × 4 takes 279; 2 MiB × 4 313, 32 MiB × 4 285; 8 MiB × 1 346, × 2 291, × 8 279.

/** The default size of a chunk: smaller ones need more calls, larger ones wait longer for the first pages. */
export const CHUNK_BYTES = 8n << 20n;

/** The default number of chunks at once: with it, the disk never waits for the next one. */
export const DEPTH = 4;

/** The most chunks at once: the threads of the pool in which Deno runs calls. */
export const MAX_DEPTH = 32;

/**
 * The most threads that make pages ahead, limited by the number of CPUs: making pages is bound by the
 * CPU, which reads also need. The lab's guest has one CPU, so this is not measured there.
 */
export const PREPARERS = 2;

/**
 * The size of each of several dma-bufs of a heap that clears them: one is made while another is read.
 * 1 GiB took 278 to 283 ms this way, and 410 ms in one buffer, before the series left out the clearing.
 */
export const SPLIT_BYTES = 32n << 20n;

/** The number of chunks to move at once with a method: sendfile and splice have one position, or one pipe. */
export function depthOf(method: LoadMethod): number {
  return method === "sendfile" || method === "splice" ? 1 : DEPTH;
}
