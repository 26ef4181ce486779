import { createPipe, drainPipe, fillPipe, type Pipe, SystemError } from "../../ffi/mod.ts";
import type { Method, MethodOptions } from "../method.ts";
import type { Steps } from "../_steps.ts";
import { defineMethod, whole } from "./_define.ts";
import { bothWays, type Route } from "./_route.ts";

const CHUNK_BYTES = 32n << 20n;

/** splice(2) through one pipe, enlarged to the chunk: filled, then drained, until all is moved. */
export function splice({ chunkBytes = CHUNK_BYTES }: MethodOptions = {}): Method {
  let pipe = createPipe(Number(chunkBytes));

  const moves = bothWays(function* (route) {
    try {
      return yield* through(pipe, route);
    } catch (error) {
      // Bytes that a failed copy left in the pipe must not get into the next copy.
      pipe[Symbol.dispose]();
      pipe = createPipe(Number(chunkBytes));
      throw error;
    }
  });
  return defineMethod("splice", { ...moves, close: () => pipe[Symbol.dispose]() });
}

function* through(pipe: Pipe, { from, fromOffset, to, toOffset, bytes }: Route): Steps<bigint> {
  let done = 0n;
  while (done < bytes) {
    const filled = yield* fill(pipe, { from, fromOffset: fromOffset + done, bytes: bytes - done });
    if (filled === 0n) break;
    const start = toOffset + done;
    done += yield* whole(
      filled,
      (drained, left) => drainPipe(pipe, { to, toOffset: start + drained, bytes: left }),
    );
  }
  return done;
}

/** Fills the pipe until it is full, `bytes` are in it, or the source ends. */
function* fill(
  pipe: Pipe,
  { from, fromOffset, bytes }: Pick<Route, "from" | "fromOffset" | "bytes">,
): Steps<bigint> {
  let filled = 0n;
  while (filled < bytes) {
    let moved: bigint;
    try {
      moved = yield fillPipe(pipe, {
        from,
        fromOffset: fromOffset + filled,
        bytes: bytes - filled,
      });
    } catch (error) {
      if (error instanceof SystemError && error.code === "EAGAIN" && filled > 0n) break;
      throw error;
    }
    if (moved === 0n) break;
    filled += moved;
  }
  return filled;
}
