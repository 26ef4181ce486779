import type { Descriptor, LongCall } from "../../ffi/mod.ts";
import type { IoMemory } from "../buffer.ts";
import type { Method, MethodName, Range } from "../method.ts";
import { checkRange } from "../_range.ts";
import { runAsync, runSync, type Steps } from "../_steps.ts";

/** One direction of a method, written once for the blocking and the nonblocking form. */
export type Move = (file: Descriptor, buffer: IoMemory, range: Range) => Steps<bigint>;

/** Makes a method from its two directions and a function that frees its resources. */
export function defineMethod(
  name: MethodName,
  moves: { load: Move; store: Move; close?: () => void },
): Method {
  const checked = (move: Move): Move =>
    function* (file, buffer, range) {
      checkRange(buffer, range);
      return yield* move(file, buffer, range);
    };
  const [load, store] = [checked(moves.load), checked(moves.store)];
  return {
    name,
    load: (file, buffer, range) => runSync(load(file, buffer, range)),
    store: (file, buffer, range) => runSync(store(file, buffer, range)),
    loadAsync: (file, buffer, range) => runAsync(load(file, buffer, range)),
    storeAsync: (file, buffer, range) => runAsync(store(file, buffer, range)),
    [Symbol.dispose]: () => moves.close?.(),
  };
}

/** Repeats a call until `bytes` are moved or it moves nothing at the source's end. */
export function* whole(
  bytes: bigint,
  call: (done: bigint, left: bigint) => LongCall,
): Steps<bigint> {
  let done = 0n;
  while (done < bytes) {
    const moved = yield call(done, bytes - done);
    if (moved === 0n) break;
    done += moved;
  }
  return done;
}
