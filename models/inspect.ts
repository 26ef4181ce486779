import { readBytes } from "./_bytes.ts";
import { describeForeign } from "./_foreign.ts";
import { MAX_POINTER_BYTES } from "./_pointer.ts";
import { isGguf, readGguf } from "./gguf.ts";
import type { Model } from "./model.ts";
import { isSafetensors, readSafetensors } from "./safetensors.ts";

/**
 * Lists the tensors of a model file, GGUF or safetensors. It does not read their data.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inspectModel } from "dmacopy";
 *
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * const header = JSON.stringify({ bias: { dtype: "F32", shape: [2], data_offsets: [0, 8] } });
 * const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
 * await Deno.writeFile(path, new Blob([length, header, new Uint8Array(8)]).stream());
 * const { format, tensors } = await inspectModel(path);
 * assertEquals([format, tensors[0]?.name, tensors[0]?.bytes], ["safetensors", "bias", 8n]);
 * await Deno.remove(path);
 * ```
 *
 * @param path A path on this machine, even if it looks like a URL: nothing is fetched.
 * @throws {ModelError} if its header is invalid
 * @throws {TypeError} if it is not such a file
 * @throws {Deno.errors.NotFound} if it does not exist
 */
export async function inspectModel(path: string): Promise<Model> {
  // Opening a pipe would wait for a writer.
  const { isFile } = await stat(path);
  if (!isFile) throw new TypeError(`${path} is not a regular file`);
  using file = await Deno.open(path);
  const bytes = (await file.stat()).size;
  const head = readBytes(file, { offset: 0, bytes: MAX_POINTER_BYTES });
  const read = isGguf(head) ? readGguf : isSafetensors(head) ? readSafetensors : null;
  if (!read) throw new TypeError(describeForeign(path, head));
  return read(file, { path, bytes });
}

async function stat(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(`there is no ${path}`, { cause });
  }
}
