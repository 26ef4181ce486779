/** A part of an open file, in bytes; shorter at its end. */
export function readBytes(
  file: Deno.FsFile,
  { offset, bytes }: { offset: number; bytes: number },
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes);
  file.seekSync(offset, Deno.SeekMode.Start);
  let done = 0;
  while (done < out.length) {
    const got = file.readSync(out.subarray(done));
    if (got === null) break;
    done += got;
  }
  return out.subarray(0, done);
}
