/** `text` as a C string: UTF-8 with a zero byte at the end, and none before. */
export function cstring(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new TypeError(`a name can't contain a zero byte: ${text}`);
  return new TextEncoder().encode(`${text}\0`);
}
