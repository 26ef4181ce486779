import { assert, assertEquals, assertRejects } from "@std/assert";
import { inspectModel, ModelError } from "../../models/mod.ts";
import { makeSafetensors, modelFile, random, u64 } from "./_fixtures.ts";

const A = { dtype: "F32", shape: [3, 2], data_offsets: [4, 28] };
const B = { dtype: "BF16", shape: [2], data_offsets: [0, 4] };
const DATA = random(28);

Deno.test("inspectModel() reads where a safetensors file's tensors are", async () => {
  const content = makeSafetensors({ __metadata__: { format: "pt" }, a: A, b: B }, DATA);
  using file = modelFile(content);
  const { format, bytes, tensors } = await inspectModel(file.path);
  assertEquals([format, bytes], ["safetensors", BigInt(content.length)]);
  const start = BigInt(content.length - DATA.length);
  assertEquals(tensors, [
    { name: "b", dtype: "BF16", shape: [2], offset: start, bytes: 4n },
    { name: "a", dtype: "F32", shape: [3, 2], offset: start + 4n, bytes: 24n },
  ]);
});

Deno.test("inspectModel() reads scalars, empty tensors and files without any", async () => {
  const scalar = { dtype: "I64", shape: [], data_offsets: [0, 8] };
  const empty = { dtype: "F32", shape: [0, 5], data_offsets: [8, 8] };
  using file = modelFile(makeSafetensors({ scalar, empty }, random(8)));
  assertEquals((await inspectModel(file.path)).tensors.map(({ bytes }) => bytes), [8n, 0n]);
  using none = modelFile(makeSafetensors({}, new Uint8Array()));
  assertEquals((await inspectModel(none.path)).tensors, []);
});

const make = (a: Record<string, unknown>, data = DATA) =>
  makeSafetensors({ a: { ...A, ...a }, b: B }, data);

const MALFORMED: [what: string, content: Uint8Array, message: RegExp][] = [
  ["has a header of 2^63 bytes", lengthened(1n << 63n), /longer than the format allows/],
  ["has a header beyond its end", lengthened(10_000n), /header of 10000 bytes ends after the file/],
  ["has a header that is cut off", lengthened(20n), /not JSON/],
  ["has no UTF-8 in its header", makeSafetensors("{\xff", DATA).fill(0xff, 9, 11), /not JSON/],
  ["has overlapping tensors", make({ data_offsets: [0, 24] }), /overlaps another/],
  ["has a tensor beyond its end", make({ data_offsets: [28, 52] }), /reaches beyond its end/],
  ["has a hole", make({ data_offsets: [8, 32] }, random(32)), /a hole before tensor "a"/],
  ["has data after its tensors", make({}, random(29)), /1 bytes follow the last tensor/],
  ["lost its end", make({}).subarray(0, -1), /"a".*reaches beyond its end/],
  ["has a number for a type", make({ dtype: 9 }), /"a" has the dtype 9/],
  ["has a shape that doesn't fit", make({ shape: [3, 3] }), /"a" has 24 bytes, which don't fit/],
  ["has a negative shape", make({ shape: [-3, -2] }), /has the shape \[-3,-2\]/],
  ["has a huge shape", make({ shape: [2 ** 52, 2 ** 52] }), /which don't fit its shape and type/],
  [
    "has offsets backwards",
    make({ data_offsets: [28, 4] }),
    /"a" ends at 4, before it begins at 28/,
  ],
  ["has fractions for offsets", make({ data_offsets: [0.5, 4] }), /data_offsets \[0\.5,4\]/],
  ["has no offsets", makeSafetensors({ a: { dtype: "F32", shape: [] } }, DATA), /data_offsets und/],
  ["has an endless shape", make({ shape: Array(1e6).fill(2 ** 53 - 1) }), /don't fit/],
  ["has no description", makeSafetensors({ a: 5 }, DATA), /"a" is not described/],
];

function lengthened(length: bigint): Uint8Array {
  const content = makeSafetensors({ a: A, b: B }, DATA);
  content.set(u64(length));
  return content;
}

for (const [what, content, message] of MALFORMED) {
  Deno.test(`inspectModel() refuses a safetensors file that ${what}`, async () => {
    using file = modelFile(content);
    const error = await assertRejects(() => inspectModel(file.path), ModelError);
    assert(message.test(error.message), error.message);
    assert(!error.message.includes("\n"), error.message);
  });
}
