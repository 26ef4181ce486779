import { type Library, library } from "./_library.ts";
import type { LongSymbol } from "./symbols.ts";
import { errorName, unwrap } from "./system_error.ts";

const EINTR = -4;

type AnyFunction<R> = (...args: unknown[]) => R;

/**
 * A call that can take long and is not made yet. Both forms repeat it on `EINTR`, which means that
 * nothing has happened yet.
 */
export interface LongCall {
  /**
   * Makes the call and waits for it.
   *
   * @returns the bytes moved
   * @throws {SystemError}
   */
  sync(): bigint;
  /**
   * Makes the call on another thread. Its resources must stay open until it ends.
   *
   * @returns the bytes moved
   * @throws {SystemError}
   */
  async(): Promise<bigint>;
  /**
   * Makes the call and waits for it, for those who expect an error: the first throw in a process takes
   * milliseconds.
   *
   * @returns the error's name, as "EFBIG", or null if it works
   */
  failure(): string | null;
}

/** The names in messages of shim functions that have another name. */
const IOCTLS: Partial<Record<LongSymbol, string>> = {
  dup: "fcntl",
  dma_heap_alloc: "DMA_HEAP_IOCTL_ALLOC",
  udmabuf_create: "UDMABUF_CREATE",
  collapse: "MADV_COLLAPSE",
  copy_in: "mmap",
  send: "sendmsg",
  receive: "recvmsg",
  wait: "waitpid",
  ring_wait: "io_uring_enter",
};

/** Describes a call of the shim's `symbol`. */
export function longCall<S extends LongSymbol>(
  symbol: S,
  args: Parameters<Library[S]>,
  subject: string,
): LongCall {
  const error = { call: IOCTLS[symbol] ?? symbol, subject };
  const callNow = () => {
    const call = library()[symbol] as AnyFunction<number | bigint>;
    let result = call(...args);
    while (Number(result) === EINTR) result = call(...args);
    return result;
  };
  return {
    sync: () => BigInt(unwrap(callNow(), error)),
    failure: () => errorName(callNow()),
    async async() {
      const call = library()[`${symbol}_async`] as AnyFunction<Promise<number | bigint>>;
      let result = await call(...args);
      while (Number(result) === EINTR) result = await call(...args);
      return BigInt(unwrap(result, error));
    },
  };
}
