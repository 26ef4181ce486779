import { seek, sendfile as call } from "../../ffi/mod.ts";
import type { Method } from "../method.ts";
import { defineMethod, whole } from "./_define.ts";
import { bothWays } from "./_route.ts";

/** sendfile(2), which writes at the output's position: the buffer's or the file's moves. */
export function sendfile(): Method {
  return defineMethod(
    "sendfile",
    bothWays(function* ({ from, fromOffset, to, toOffset, bytes }) {
      seek(to, toOffset);
      return yield* whole(
        bytes,
        (done, left) => call({ from, to, bytes: left, fromOffset: fromOffset + done }),
      );
    }),
  );
}
