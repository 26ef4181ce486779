import type { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { openFile, openFileIfThere } from "./open_file.ts";
import { unwrap } from "./system_error.ts";

/** All of most files. */
const FIRST_BYTES = 4096;
const PART_BYTES = 65536;

/**
 * The text of a file of /proc or /sys. Deno itself reads these only with all permissions.
 *
 * @throws {SystemError} `ENOENT` if the kernel has no such file
 */
export function readKernelText(path: string): string {
  using file = openFile(path);
  return readText(file);
}

/** {@linkcode readKernelText}, but null if the kernel has no such file. */
export function readKernelTextIfThere(path: string): string | null {
  using file = openFileIfThere(path);
  return file && readText(file);
}

/** The whole content of a file, as text. */
export function readText(file: Descriptor): string {
  const decoder = new TextDecoder();
  let text = "";
  for (let offset = 0n;;) {
    const part = readPart(file, offset, offset === 0n ? FIRST_BYTES : PART_BYTES);
    if (part.length === 0) return text + decoder.decode();
    text += decoder.decode(part, { stream: true });
    offset += BigInt(part.length);
  }
}

function readPart(file: Descriptor, offset: bigint, most: number): Uint8Array {
  const part = new Uint8Array(most);
  const got = library().pread_into(file.number, part, BigInt(part.length), offset);
  return part.subarray(0, Number(unwrap(got, { call: "pread", subject: file.name })));
}
