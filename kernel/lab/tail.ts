/** Follows a growing file: each poll passes on the new bytes, and returns whether there are any. */
export function tail(
  path: string,
  onData: (data: Uint8Array) => void,
): { poll(): boolean } & Disposable {
  const file = Deno.openSync(path, { create: true, read: true, write: true });
  const block = new Uint8Array(65536);
  return {
    poll() {
      let grown = false;
      for (let bytes; (bytes = file.readSync(block)) !== null; grown = true) {
        onData(block.slice(0, bytes));
      }
      return grown;
    },
    [Symbol.dispose]: () => file.close(),
  };
}
