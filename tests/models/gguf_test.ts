import { assert, assertEquals, assertRejects } from "@std/assert";
import { inspectModel, ModelError } from "../../models/mod.ts";
import { F16, F32, type Made, makeGguf, modelFile, Q4_K, random, u32, u64 } from "./_fixtures.ts";

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
  ["ends in its head", () => makeGguf(TENSORS).subarray(0, 20), /ends within its header/],
  [
    "ends in its tensors' descriptions",
    () => makeGguf(TENSORS).subarray(0, 130),
    /header|exceeds|damaged/,
  ],
  ["lost its end", () => makeGguf(TENSORS).subarray(0, -64), /"blk\.1\.w".*reaches beyond its end/],
  [
    "says it has 2^60 tensors",
    () => patched(8, u64(1n << 60n)),
    /can't have 1152921504606846976 t/,
  ],
  ["says it has 2^60 entries", () => patched(16, u64(1n << 60n)), /can't have 3 tensors and 1152/],
  ["is of version 9", () => patched(4, u32(9)), /version is 9/],
  ["is of version 1", () => patched(4, u32(1)), /version is 1/],
  ["is big-endian", () => patched(4, Uint8Array.of(0, 0, 0, 3)), /little-endian/],
  ["has a key of 2^40 letters", () => patched(24, u64(1n << 40n)), /String length|damaged/],
  ["has tensors that overlap", () => withTensor({ offset: 0n }), /overlaps another/],
  [
    "has a tensor beyond its end",
    () => withTensor({ offset: 1n << 40n }),
    /reaches beyond its end/,
  ],
  ["has a name twice", () => withTensor({ name: "blk.0.w" }), /two tensors are named "blk\.0\.w"/],
  ["has an unknown type", () => withTensor({ type: 200 }), /type 200, which is not known/],
  ["has half a block", () => withTensor({ type: Q4_K }), /rows of 50 elements, no multiple of 256/],
  ["has a dimension of 2^50", () => withTensor({ shape: [2 ** 50] }), /dimension 0 is 1125899906/],
  [
    "has 2^120 elements",
    () => withTensor({ shape: [2 ** 30, 2 ** 30, 2 ** 30] }),
    /beyond its end/,
  ],
];

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
      for (const { offset, bytes } of tensors) assert(offset + bytes <= BigInt(content.length));
    } catch (error) {
      assert(error instanceof ModelError || error instanceof TypeError, `${at}: ${error}`);
    }
  }
});
