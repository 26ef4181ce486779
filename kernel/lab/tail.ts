/** Follows a growing file: each call of the returned function hands on what is new. */
export function tail(
  path: string,
  onData: (data: Uint8Array) => void,
): { poll(): void } & Disposable {
  const file = Deno.openSync(path, { create: true, read: true, write: true });
  const block = new Uint8Array(65536);
  return {
    poll() {
      for (let bytes; (bytes = file.readSync(block)) !== null;) onData(block.slice(0, bytes));
    },
    [Symbol.dispose]: () => file.close(),
  };
}
