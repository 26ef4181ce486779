/** `text` as C wants it: UTF-8, ending with a zero byte, which must not occur before. */
export function cstring(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new TypeError(`a name can't contain a zero byte: ${text}`);
  return new TextEncoder().encode(`${text}\0`);
}
