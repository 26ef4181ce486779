import type { BufferKind, PageKind, Via } from "./buffer.ts";
import type { LoadMethod } from "./method.ts";

/** A buffer, its pages and the method that fills it. */
export interface Way {
  /** The buffer. */
  kind: BufferKind;
  /** The descriptor that the I/O goes through. */
  via: Via;
  /** The pages behind a memfd; always "4k" for a heap's dma-buf, as the heap chooses its pages. */
  pages: PageKind;
  /** The method that fills it. */
  method: LoadMethod;
}
