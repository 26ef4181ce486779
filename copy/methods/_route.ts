import type { Descriptor } from "../../ffi/mod.ts";
import type { IoMemory } from "../buffer.ts";
import type { Steps } from "../_steps.ts";
import type { Range } from "../method.ts";
import type { Move } from "./_define.ts";

/** A route from one descriptor's offset to another's. */
export interface Route {
  from: Descriptor;
  fromOffset: bigint;
  to: Descriptor;
  toOffset: bigint;
  bytes: bigint;
}

/** Both directions of a method that treats its two descriptors alike. */
export function bothWays(copy: (route: Route) => Steps<bigint>): { load: Move; store: Move } {
  return {
    load: (file: Descriptor, buffer: IoMemory, range: Range) =>
      copy({
        from: file,
        fromOffset: range.fileOffset,
        to: buffer.io,
        toOffset: range.bufferOffset,
        bytes: range.bytes,
      }),
    store: (file: Descriptor, buffer: IoMemory, range: Range) =>
      copy({
        from: buffer.io,
        fromOffset: range.bufferOffset,
        to: file,
        toOffset: range.fileOffset,
        bytes: range.bytes,
      }),
  };
}
