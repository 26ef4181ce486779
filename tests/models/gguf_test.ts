import { assert, assertEquals, assertRejects } from "@std/assert";
import { inspectModel, ModelError } from "../../models/mod.ts";
import {
  entry,
  F16,
  F32,
  type Made,
  makeGguf,
  modelFile,
  Q4_K,
  random,
  textEntry,
  u32,
  u64,
} from "./_fixtures.ts";

const TENSORS: Made[] = [
  { name: "blk.0.w", shape: [256, 3], type: Q4_K, data: random(3 * 144) },
  { name: "blk.1.w", shape: [50, 20], type: F32, data: random(4000) },
  { name: "scalar", shape: [], type: F16, data: random(2) },
];

Deno.test("inspectModel() reads where a GGUF's tensors are", async () => {
  const content = makeGguf(TENSORS);
  using file = modelFile(content);
  const model = await inspectModel(file.path);
  assertEquals([model.format, model.bytes], ["gguf", BigInt(content.length)]);
  assertEquals(
    model.tensors.map(({ name, dtype, shape }) => [name, dtype, shape]),
    [["blk.0.w", "Q4_K", [256, 3]], ["blk.1.w", "F32", [50, 20]], ["scalar", "F16", []]],
  );
  for (const [i, { offset, bytes }] of model.tensors.entries()) {
    const at = Number(offset);
    assertEquals(content.subarray(at, at + Number(bytes)), TENSORS[i]!.data);
  }
});

/** Each is refused in one line. */
const MALFORMED: [what: string, content: () => Uint8Array, message: RegExp][] = [
  [
    "ends in its head",
    () => makeGguf(TENSORS).subarray(0, 20),
    /can't have 3 tensors at 16, in 4 bytes: it is cut short/,
  ],
  [
    "ends in its tensors' descriptions",
    () => makeGguf(TENSORS).subarray(0, 130),
    /ends within its header|it is cut short/,
  ],
  ["lost its end", () => makeGguf(TENSORS).subarray(0, -64), /"blk\.1\.w".*reaches beyond its end/],
  [
    "says it has 2^60 tensors",
    () => patched(8, u64(1n << 60n)),
    /can't have 1152921504606846976 t/,
  ],
  [
    "says it has 2^60 entries",
    () => patched(16, u64(1n << 60n)),
    /can't have 1152921504606846976 e/,
  ],
  ["is of version 9", () => patched(4, u32(9)), /version is 9/],
  ["is of version 1", () => patched(4, u32(1)), /version is 1/],
  ["is big-endian", () => patched(4, Uint8Array.of(0, 0, 0, 3)), /is a big-endian GGUF/],
  [
    "has a key of 2^40 letters",
    () => patched(24, u64(1n << 40n)),
    /can't have 1099511627776 bytes of a key/,
  ],
  ["has tensors that overlap", () => withTensor({ offset: 0n }), /overlaps another/],
  [
    "has a tensor beyond its end",
    () => withTensor({ offset: 1n << 40n }),
    /reaches beyond its end/,
  ],
  ["has a name twice", () => withTensor({ name: "blk.0.w" }), /two tensors are named "blk\.0\.w"/],
  ["has a value of type 13", () => patched(44, u32(13)), /value at \d+ is of type 13, whose size/],
  ["nests arrays for ever", () => makeGguf([], [nested(99)]), /arrays nest more than 16 deep/],
  [
    "has an array of 2^60 numbers",
    () => makeGguf([], [entry("k", 9, u32(6), u64(1n << 60n))]),
    /can't have 1152921504606846976 elements of an array/,
  ],
  [
    "has a key of 1 MB",
    () => makeGguf([], [textEntry("k".repeat(1e6), "")]),
    /would be 1000000 bytes/,
  ],
  ["has 2^32 - 1 dimensions", () => patched(75, u32(2 ** 32 - 1)), /can't have 4294967295 dim/],
  [
    "has half a block",
    () => withTensor({ type: Q4_K }),
    /rows of 50 elements, not a multiple of 256/,
  ],
  [
    "has a dimension of 2^50",
    () => withTensor({ shape: [2 ** 50] }),
    /\[1125899906842624\] of F32, reaches beyond its end/,
  ],
  ["has a dimension of 2^60", () => withTensor({ shape: [2 ** 60] }), /dimension of 11529215046/],
  [
    "has 2^120 elements",
    () => withTensor({ shape: [2 ** 30, 2 ** 30, 2 ** 30] }),
    /beyond its end/,
  ],
];

/** An array of an array of an array, and so on. */
function nested(depth: number): Uint8Array {
  const heads = Array.from({ length: depth }, () => [u32(9), u64(1)]).flat();
  return entry("k", 9, ...heads, u32(0), u64(0));
}

function patched(offset: number, bytes: Uint8Array): Uint8Array {
  const content = makeGguf(TENSORS);
  content.set(bytes, offset);
  return content;
}

function withTensor(change: Partial<Made>): Uint8Array {
  const [first, second, third] = TENSORS as [Made, Made, Made];
  return makeGguf([first, { ...second, ...change }, third]);
}

for (const [what, content, message] of MALFORMED) {
  Deno.test(`inspectModel() refuses a GGUF that ${what}`, async () => {
    using file = modelFile(content());
    const error = await assertRejects(() => inspectModel(file.path), ModelError);
    assert(message.test(error.message), error.message);
    assert(error.message.startsWith(file.path) && !error.message.includes("\n"), error.message);
  });
}

Deno.test("inspectModel() survives any damage to a GGUF's header", async () => {
  const sound = makeGguf(TENSORS);
  for (let at = 0; at < 250; at += 3) {
    const content = sound.slice();
    content[at]! ^= 0xff;
    using file = modelFile(content);
    try {
      const { tensors } = await inspectModel(file.path);
      for (const { offset, bytes } of tensors) {
        assert(offset + (bytes ?? 0n) <= BigInt(content.length));
      }
    } catch (error) {
      assert(error instanceof ModelError || error instanceof TypeError, `${at}: ${error}`);
    }
  }
});

Deno.test("inspectModel() leaves out arrays however long they are", async () => {
  const [count, elementBytes] = [2 ** 34, 4];
  const head = makeGguf([], [entry("k", 9, u32(6), u64(count))]);
  // 64 GiB of nothing: who reads them takes minutes, who keeps them dies.
  using file = modelFile(new Uint8Array());
  await Deno.writeFile(file.path, head);
  using open = await Deno.open(file.path, { write: true });
  await open.truncate(head.length + count * elementBytes);
  const { bytes, tensors } = await inspectModel(file.path);
  assertEquals([Number(bytes), tensors], [head.length + count * elementBytes, []]);
});
