import { copyFileRange as call } from "../../ffi/mod.ts";
import type { Method } from "../method.ts";
import { defineMethod, whole } from "./_define.ts";
import { bothWays } from "./_route.ts";

/** copy_file_range(2), with offsets on both sides. */
export function copyFileRange(): Method {
  return defineMethod(
    "copy_file_range",
    bothWays(({ from, fromOffset, to, toOffset, bytes }) =>
      whole(bytes, (done, left) =>
        call({
          from,
          fromOffset: fromOffset + done,
          to,
          toOffset: toOffset + done,
          bytes: left,
        }))
    ),
  );
}
