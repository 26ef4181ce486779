import { ValidationError } from "@cliffy/command";

const KIB = 1024n;
const UNITS: ReadonlyMap<string, bigint> = new Map(Object.entries({
  "": 1n,
  b: 1n,
  k: KIB,
  m: KIB ** 2n,
  g: KIB ** 3n,
  t: KIB ** 4n,
  kib: KIB,
  mib: KIB ** 2n,
  gib: KIB ** 3n,
  tib: KIB ** 4n,
  kb: 1000n,
  mb: 1000n ** 2n,
  gb: 1000n ** 3n,
  tb: 1000n ** 4n,
}));
/** The largest file offset: off_t is signed and 64 bits wide. */
const MAX_BYTES = 2n ** 63n - 1n;

/**
 * Reads a size such as `256MiB`, `1GiB`, `4k`, `2GB` or `4096`, in bytes. `k`, `m`, `g` and `t` are
 * binary, as with dd; `kB`, `MB`, `GB` and `TB` decimal.
 *
 * @param what The name of the value, for the message: `--size`.
 * @throws {ValidationError} if the text is not a size, is zero, or exceeds the largest file offset.
 */
export function parseSize(text: string, what = "size"): bigint {
  const [, digits = "", unit = ""] = /^(\d+) ?([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = UNITS.get(unit.toLowerCase());
  if (digits === "" || factor === undefined) {
    throw new ValidationError(`${what} "${text}" is not a size: write 4096, 64KiB, 256MiB or 1GiB`);
  }
  const bytes = BigInt(digits) * factor;
  if (bytes === 0n) throw new ValidationError(`${what} must be more than 0`);
  if (bytes > MAX_BYTES) {
    throw new ValidationError(`${what} "${text}" is more than a file can have (8 EiB)`);
  }
  return bytes;
}
