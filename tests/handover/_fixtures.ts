import { loadFile } from "../../copy/mod.ts";
import { type Handed, manifestOf, serveBuffers, type ServeOptions } from "../../handover/mod.ts";
import { assertNoneLeft, openDescriptors, randomFile } from "../ffi/_fixtures.ts";
import { assertEquals } from "@std/assert";

/** The clients: a folder of modules for Python, one of headers for C. */
export const CLIENTS = {
  python: new URL("../../clients/python/", import.meta.url).pathname,
  c: new URL("../../clients/c/", import.meta.url).pathname,
};

/** A loaded file of random data, and a folder for sockets; nothing may stay open. */
export async function withHanded(
  action: (given: { handed: Handed; data: Uint8Array; folder: string }) => Promise<void>,
): Promise<void> {
  const before = openDescriptors();
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    using file = randomFile(200_001);
    using loaded = await loadFile(file.path, { to: "memfd", verify: true });
    const handed = { buffers: [loaded.buffer], manifest: manifestOf([loaded]) };
    await action({ handed, data: file.data, folder });
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assertNoneLeft(before);
}

/** Serves while `action` runs; returns how many clients there were. */
export async function serveWhile(
  path: string,
  options: Handed & ServeOptions,
  action: () => Promise<void>,
): Promise<number> {
  const listening = Promise.withResolvers<void>();
  const end = new AbortController();
  const served = serveBuffers(path, {
    ...options,
    signal: end.signal,
    onListening: listening.resolve,
  });
  try {
    await Promise.race([listening.promise, served]);
    await action();
  } finally {
    end.abort();
  }
  return await served;
}

/** Runs a program and returns what it prints. */
export async function output(
  command: string,
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, { ...options, args }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}
