import { assertEquals } from "@std/assert";
import { exists } from "../../base/exists.ts";
import { library } from "../../ffi/_library.ts";
import { symbols } from "../../ffi/symbols.ts";

// Loads all of the shim, which stays: within a test, the leak checks would take it for a leak.
for (const name of Object.keys(symbols)) library()[name as keyof typeof symbols];

/** Makes a file of `bytes` random bytes, which its disposal removes. */
export function randomFile(bytes: number): { path: string; data: Uint8Array } & Disposable {
  const path = Deno.makeTempFileSync({
    dir: Deno.env.get("DMACOPY_TEST_DIR") || "/var/tmp",
    prefix: "dmacopy-test-",
  });
  const data = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65536) crypto.getRandomValues(data.subarray(at, at + 65536));
  Deno.writeFileSync(path, data);
  return { path, data, [Symbol.dispose]: () => Deno.removeSync(path) };
}

/** The numbers of this process' open descriptors. */
export function openDescriptors(): string[] {
  return Deno.readDirSync("/proc/self/fd").map((entry) => entry.name)
    .filter((number) => exists(`/proc/self/fd/${number}`)).toArray().sort();
}

/** Asserts that no descriptor is open that was not before; the runtime has some for a moment. */
export function assertNoneLeft(before: readonly string[]): void {
  const left = () => openDescriptors().filter((number) => !before.includes(number));
  const still = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < 50 && left().length > 0; tries++) Atomics.wait(still, 0, 0, 10);
  assertEquals(left(), []);
}

/** How often `text` occurs among this process' mappings. */
export function mappingsOf(text: string): number {
  return Deno.readTextFileSync("/proc/self/maps").split("\n")
    .filter((line) => line.includes(text)).length;
}
