// Files that programs in another language write and read, which share nothing with `models/`.
import { assertEquals } from "@std/assert";
import { inspectModel, type Model } from "../../models/mod.ts";

/** A format, by the program that writes and reads it. */
export type Format = "gguf" | "safetensors";

/** A GGUF to write. */
export interface GgufDescription {
  tensors: readonly { name: string; shape: readonly number[]; type: number }[];
  /** Keys, types as "u32", and values. */
  entries?: readonly (readonly [key: string, type: string, value: unknown])[];
  /** Left away, there is no such key. */
  alignment?: number;
  version?: number;
  bigEndian?: boolean;
}

/** The result of the other program. */
interface Found {
  shape: number[];
  offset: number;
  bytes: number;
  sha256: string;
}

async function run(format: Format, args: string[], input?: unknown): Promise<unknown> {
  const child = new Deno.Command("python3", {
    args: [new URL(`${format}_reader.py`, import.meta.url).pathname, ...args],
    ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(input ?? null)));
  await writer.close();
  const { success, stdout } = await child.output();
  assertEquals(success, true);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Has a GGUF written. */
export async function writeGguf(path: string, description: GgufDescription): Promise<void> {
  await run("gguf", ["write", path], description);
}

/** Has a safetensors file written. */
export async function writeSafetensors(
  path: string,
  tensors: readonly [name: string, dtype: string, shape: number[], bytes: number][],
): Promise<void> {
  await run("safetensors", ["write", path], tensors);
}

/** Compares this project's reading of a file with the other program's, down to the tensors' bytes. */
export async function compareWithOther(path: string): Promise<Model> {
  const model = await inspectModel(path);
  const found = await run(model.format, ["read", path]) as Record<string, Found>;
  const content = await Deno.readFile(path);
  const ours = await Promise.all(model.tensors.map(async ({ name, shape, offset, bytes }) => {
    const [begin, length] = [Number(offset), Number(bytes)];
    const data = content.subarray(begin, begin + length);
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", data)).toHex();
    return [name, { shape, offset: begin, bytes: length, sha256 }];
  }));
  const theirs = Object.entries(found)
    .map(([name, { shape, offset, bytes, sha256 }]) => [name, { shape, offset, bytes, sha256 }]);
  assertEquals(Object.fromEntries(ours), Object.fromEntries(theirs));
  assertEquals(ours.length, theirs.length);
  return model;
}

/** A folder for files, removed in the end. */
export async function withFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
