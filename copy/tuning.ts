import type { LoadMethod } from "./method.ts";

/** How many chunks may be under way at once: threads of the pool that Deno runs calls on. */
export const MAX_DEPTH = 32;

/** Of several dma-bufs of a heap, each this large, one is made while another is read. */
export const SPLIT_BYTES = 32n << 20n;

export const CHUNK_BYTES = 8n << 20n;
export const DEPTH = 4;
export const PREPARERS = 2;

export function depthOf(method: LoadMethod): number {
  return method === "sendfile" || method === "splice" ? 1 : DEPTH;
}
