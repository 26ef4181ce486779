import type { SharedBuffer } from "../buffer.ts";

/** What {@linkcode open} makes a buffer of. */
export type Parts = Omit<SharedBuffer, "bytes" | "close" | typeof Symbol.dispose>;

/**
 * Runs `make`, which hands everything that it opens to `own`, and makes a buffer of the parts. If it
 * throws, what was opened by then is closed, else by the buffer's close, last opened first.
 */
export function open(make: (own: <T extends Disposable>(part: T) => T) => Parts): SharedBuffer {
  const stack = new DisposableStack();
  try {
    const parts = make((part) => stack.use(part));
    return {
      ...parts,
      bytes: parts.mapping.bytes,
      close: () => stack.dispose(),
      [Symbol.dispose]: () => stack.dispose(),
    };
  } catch (error) {
    stack.dispose();
    throw error;
  }
}
