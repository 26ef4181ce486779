/** A tensor to write: for a GGUF, `type` is ggml's number. */
export interface Made {
  name: string;
  shape: number[];
  type: number;
  data: Uint8Array<ArrayBuffer>;
  /** Where its data begins, if that is to be wrong. */
  offset?: bigint;
}

export const [F32, F16, Q4_K] = [0, 1, 12];
const ALIGN = 32;

/** Random bytes. */
export function random(bytes: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65536) crypto.getRandomValues(data.subarray(at, at + 65536));
  return data;
}

export function u32(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

export function u64(value: number | bigint): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new BigUint64Array([BigInt(value)]).buffer);
}

function text(value: string): Uint8Array<ArrayBuffer>[] {
  const bytes = new TextEncoder().encode(value);
  return [u64(bytes.length), bytes];
}

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function pad(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return join([data, new Uint8Array((ALIGN - data.length % ALIGN) % ALIGN)]);
}

/** An entry of a GGUF's metadata: its key, its type's number, its value's bytes. */
export function entry(
  key: string,
  type: number,
  ...value: Uint8Array[]
): Uint8Array<ArrayBuffer> {
  return join([...text(key), u32(type), ...value]);
}

/** One of type 8, a string. */
export function textEntry(key: string, value: string): Uint8Array<ArrayBuffer> {
  return entry(key, 8, ...text(value));
}

/** One of type 9, an array: its elements' type, how many there are, and their bytes. */
export function arrayEntry(
  key: string,
  type: number,
  elements: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  return entry(key, 9, u32(type), u64(elements.length), ...elements);
}

/** A GGUF of version 3, as https://github.com/ggml-org/ggml/blob/master/docs/gguf.md says. */
export function makeGguf(
  tensors: Made[],
  entries: readonly Uint8Array[] = [textEntry("general.name", "test")],
): Uint8Array<ArrayBuffer> {
  let offset = 0n;
  const infos = tensors.flatMap((tensor) => {
    const { name, shape, type, data } = tensor;
    const at = tensor.offset ?? offset;
    offset += BigInt(pad(data).length);
    return [...text(name), u32(shape.length), ...shape.map(u64), u32(type), u64(at)];
  });
  const magic = new TextEncoder().encode("GGUF");
  const counts = [u64(tensors.length), u64(entries.length)];
  const header = join([magic, u32(3), ...counts, ...entries, ...infos]);
  return join([pad(header), ...tensors.map(({ data }) => pad(data))]);
}

/** A safetensors file of a header as it is, and of data. */
export function makeSafetensors(header: unknown, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const json = typeof header === "string" ? header : JSON.stringify(header);
  return join([...text(json), data]);
}

/** Writes a file, and removes it in the end. */
export function modelFile(content: Uint8Array): { path: string } & Disposable {
  const path = Deno.makeTempFileSync({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  Deno.writeFileSync(path, content);
  return { path, [Symbol.dispose]: () => Deno.removeSync(path) };
}
