import * as fc from "fast-check";

/** Numbers at which something wraps, overflows or loses precision. */
export const EDGES: readonly bigint[] = [7, 8, 15, 16, 31, 32, 33, 52, 53, 60, 62, 63, 64]
  .flatMap((bits) => [2n ** BigInt(bits) - 1n, 2n ** BigInt(bits), 2n ** BigInt(bits) + 1n])
  .concat([0n, 1n, 2n, 3n]);

/** Fragments that appear in text that people and programs write wrongly. */
const SCRAPS = [
  ...[
    "",
    " ",
    "\n",
    "\0",
    "\t",
    "-",
    "--",
    "+",
    ".",
    "..",
    "/",
    ":",
    ",",
    '"',
    "'",
    "\\",
    "*",
    "?",
  ],
  ...["null", "NaN", "Infinity", "-0", "1e999", "0x10", "__proto__", "constructor", "toString"],
  ...["\x1b[2J", "\u202e", "\ud800", "µ", "∞", "{}", "[]", "[[[[", "true", "%s", "$(id)"],
  ...EDGES.map(String),
];

/** Any text, of ASCII, of Unicode, of lone surrogates, and of {@linkcode SCRAPS}. */
export const noise: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.array(fc.constantFrom(...SCRAPS), { maxLength: 6 }).map((parts) => parts.join("")),
  fc.nat(0xffff).map((code) => String.fromCharCode(code)),
);

const scrap = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...SCRAPS) }, noise);

/** Where, how much of it goes, and what comes instead. */
const edit = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(4), scrap);

/** Valid texts, and as many with a few edits. */
export function damagedText(valid: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const damaged = fc.tuple(valid, fc.array(edit, { minLength: 1, maxLength: 3 }))
    .map(([text, edits]) =>
      edits.reduce((all, [where, removed, added]) => {
        const at = Math.floor(where * all.length);
        return all.slice(0, at) + added + all.slice(at + removed);
      }, text)
    );
  return fc.oneof({ weight: 4, arbitrary: valid }, { weight: 4, arbitrary: damaged }, noise);
}

/** Values of JSON, or parts of a valid one replaced by them. */
export function damagedJson(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const other = fc.oneof(
    fc.constantFrom<unknown>(null, true, -1, 0.5, 2 ** 53, 1e300, "", "x\n\x1b", [], {}, [[]]),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const damage = fc.tuple(valid, fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), other);
  return fc.oneof(valid, damage.map(([value, path, part]) => replaced(value, path, part)), other);
}

function replaced(value: unknown, [step, ...rest]: readonly number[], part: unknown): unknown {
  if (step === undefined || typeof value !== "object" || value === null) return part;
  const copy = structuredClone(value) as Record<string, unknown>;
  const names = Object.keys(copy);
  const name = names[step % (names.length + 1)];
  // Beyond the last: what nobody knows is added.
  if (name === undefined) return Array.isArray(copy) ? [...copy, part] : { ...copy, extra: part };
  return Object.assign(copy, { [name]: replaced(copy[name], rest, part) });
}

const byteEdit = fc.record({
  where: fc.double({ min: 0, max: 1, noNaN: true }),
  how: fc.constantFrom("byte", "u32", "u64", "cut", "double"),
  edge: fc.constantFrom(...EDGES),
  byte: fc.nat(255),
});
type ByteEdit = typeof byteEdit extends fc.Arbitrary<infer T> ? T : never;

/** Valid files, files with a few numbers changed, cut or with parts twice, and noise. */
export function damagedBytes(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const damaged = fc.tuple(valid, fc.array(byteEdit, { minLength: 1, maxLength: 3 }))
    .map(([bytes, edits]) => edits.reduce(withEdit, bytes));
  return fc.oneof(
    { weight: 2, arbitrary: valid },
    { weight: 6, arbitrary: damaged },
    fc.uint8Array({ maxLength: 64 }),
  );
}

function withEdit(bytes: Uint8Array, { where, how, edge, byte }: ByteEdit): Uint8Array {
  const at = Math.floor(where * bytes.length);
  if (how === "cut") return bytes.subarray(0, at);
  if (how === "double") return Uint8Array.of(...bytes.subarray(0, at + 8), ...bytes.subarray(at));
  const out = bytes.slice();
  const number = how === "byte"
    ? Uint8Array.of(byte)
    : new Uint8Array(new BigUint64Array([edge]).buffer, 0, how === "u32" ? 4 : 8);
  out.set(number.subarray(0, out.length - at), at);
  return out;
}
