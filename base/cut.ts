/** Cuts `bytes` into steps of `stepBytes`, the last of which may be smaller. */
export function* cut(
  bytes: bigint,
  stepBytes: bigint,
): Generator<{ offset: bigint; bytes: bigint }, void> {
  for (let offset = 0n; offset < bytes; offset += stepBytes) {
    const left = bytes - offset;
    yield { offset, bytes: left < stepBytes ? left : stepBytes };
  }
}
