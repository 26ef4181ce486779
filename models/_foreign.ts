import { describePointer } from "./_pointer.ts";

const SAVE = "save its tensors as safetensors (save_file() of the Python package safetensors)";
const AGAIN = "download the file again, for example by hf download";

/** Files that users mistake for models: their first bytes, their kind, and a remedy. */
const KINDS: readonly [begins: readonly string[], what: string, next: string][] = [
  [["PK\x03\x04"], "a zip archive, as PyTorch's checkpoints are", SAVE],
  [
    ["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"],
    "a Python pickle, as PyTorch's old checkpoints are",
    SAVE,
  ],
  [["\x89HDF"], "an HDF5 file, as Keras's checkpoints are", SAVE],
  [["\x93NUMPY"], "a NumPy array", SAVE],
  [["lmgg", "fmgg", "tjgg"], "a GGML file, older than GGUF", "convert the original model"],
  [["\x1f\x8b", "\x28\xb5\x2f\xfd", "\xfd7zXZ", "BZh"], "compressed", "decompress it first"],
  [["<!doctype", "<html", "<?xml"], "a web page", AGAIN],
  [["{", "["], "JSON", "name the model's file, or its index, NAME.safetensors.index.json"],
  [["\0\0\0\0\0\0\0\0"], "zeros where it should begin", AGAIN],
];

/** The sentence about a file that is neither GGUF nor safetensors, with a remedy. */
export function describeForeign(path: string, head: Uint8Array): string {
  if (head.length === 0) return `${path} is empty: ${AGAIN}`;
  const text = String.fromCharCode(...head);
  const pointer = describePointer(path, text);
  if (pointer) return pointer;
  // Web pages and JSON may start with space, in upper or lower case.
  const begins = [text, text.trimStart().toLowerCase()];
  const isOf = (kind: string) => begins.some((begin) => begin.startsWith(kind));
  const [, what, next] = KINDS.find(([kinds]) => kinds.some(isOf)) ?? [];
  const other = `${path} is neither a GGUF nor a safetensors file`;
  return what ? `${other} but ${what}: ${next}` : other;
}
