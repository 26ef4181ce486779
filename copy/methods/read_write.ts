import { readAt, writeAt } from "../../ffi/mod.ts";
import type { Method } from "../method.ts";
import { defineMethod, whole } from "./_define.ts";

/** R/W: one read(2) into the buffer's mapping, or one write(2) out of it. */
export function readWrite(): Method {
  return defineMethod("R/W", {
    *load(file, buffer, { fileOffset, bufferOffset, bytes }) {
      const address = buffer.mapping.address + bufferOffset;
      buffer.beginCpuAccess("write");
      try {
        return yield* whole(
          bytes,
          (done, left) =>
            readAt(file, { address: address + done, bytes: left, offset: fileOffset + done }),
        );
      } finally {
        buffer.endCpuAccess("write");
      }
    },
    *store(file, buffer, { fileOffset, bufferOffset, bytes }) {
      const address = buffer.mapping.address + bufferOffset;
      buffer.beginCpuAccess("read");
      try {
        return yield* whole(
          bytes,
          (done, left) =>
            writeAt(file, { address: address + done, bytes: left, offset: fileOffset + done }),
        );
      } finally {
        buffer.endCpuAccess("read");
      }
    },
  });
}
