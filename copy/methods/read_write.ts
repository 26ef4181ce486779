import { readAt, writeAt } from "../../ffi/mod.ts";
import { accessMapping } from "../_access.ts";
import type { Method } from "../method.ts";
import { defineMethod, type Move, whole } from "./_define.ts";

/** The method with one read(2) into the buffer's mapping, or one write(2) out of it. */
export function readWrite(): Method {
  return defineMethod("read", { load: mapped(readAt, "write"), store: mapped(writeAt, "read") });
}

/** A call between the file and the mapping; the CPU may copy. */
function mapped(call: typeof readAt, access: "read" | "write"): Move {
  return function* (file, buffer, { fileOffset, bufferOffset, bytes }) {
    const address = buffer.mapping.address + bufferOffset;
    using _access = accessMapping(buffer, access);
    return yield* whole(
      bytes,
      (done, left) =>
        call(file, { address: address + done, bytes: left, offset: fileOffset + done }),
    );
  };
}
