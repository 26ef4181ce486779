import type { BufferKind, PageKind, Via } from "./buffer.ts";
import type { LoadMethod } from "./method.ts";

/** A buffer, its pages and what fills it. */
export interface Way {
  /** The buffer. */
  kind: BufferKind;
  /** The descriptor that the I/O goes through. */
  via: Via;
  /** The pages behind a memfd; of a heap's dma-buf always "4k", for it chooses by itself. */
  pages: PageKind;
  /** What fills it. */
  method: LoadMethod;
}
