/** A part of an open file; shorter at its end. */
export async function readBytes(
  file: Deno.FsFile,
  { offset, bytes }: { offset: bigint; bytes: bigint },
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(Number(bytes));
  await file.seek(offset, Deno.SeekMode.Start);
  let done = 0;
  while (done < out.length) {
    const got = await file.read(out.subarray(done));
    if (got === null) break;
    done += got;
  }
  return out.subarray(0, done);
}
