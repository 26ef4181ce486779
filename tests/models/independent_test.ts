import { assert, assertEquals, assertRejects } from "@std/assert";
import { inspectModel, ModelError, selectTensors } from "../../models/mod.ts";
import {
  compareWithOther,
  type GgufDescription,
  withFolder,
  writeGguf,
  writeSafetensors,
} from "./_independent.ts";
import { works } from "../_works.ts";

const ignore = !works("python3");
const KEY = "tokenizer.ggml.tokens";
const words = (count: number) => Array.from({ length: count }, (_, i) => `▁word${i}`);

const TENSORS = [
  { name: "blk.0.w", shape: [256, 3], type: 12 },
  { name: "ünï.코드", shape: [50, 7], type: 0 },
  { name: "\ufeffbom", shape: [3], type: 24 },
  { name: "scalar", shape: [], type: 1 },
];

/** Each type with a size, as the other program knows them. */
const KNOWN = [
  ...[0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26],
  ...[27, 28, 29, 30, 34, 35, 39, 40, 41],
].map((type) => ({ name: `of.${type}`, shape: [256, 3], type }));

const SOUND: [what: string, description: GgufDescription][] = [
  ["of version 3", { tensors: TENSORS }],
  ["of version 2", { tensors: TENSORS, version: 2 }],
  ["without tensors", { tensors: [] }],
  ["of every type", { tensors: KNOWN }],
  ["with empty tensors", {
    tensors: [{ name: "none", shape: [0, 5], type: 0 }, ...TENSORS],
  }],
  ["of five dimensions", { tensors: [{ name: "five", shape: [2, 1, 3, 1, 2], type: 0 }] }],
  ...[8, 16, 24, 40, 64, 96, 4096, 65536].map((
    alignment,
  ): [string, GgufDescription] => [`aligned to ${alignment}`, { tensors: TENSORS, alignment }]),
  ["with every kind of value", {
    tensors: TENSORS,
    entries: [
      ...["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64"].map((type) =>
        [`of.${type}`, type, 7] as const
      ),
      ...[["f", "f32", 0.5], ["d", "f64", 0.5], ["b", "bool", true], ["s", "string", "ü"]] as const,
      ["empty", "array", { of: "string", items: [] }],
      ["bits", "array", { of: "bool", items: [true, false, true] }],
      ["text", "array", { of: "string", items: words(3) }],
      ["nested", "array", {
        of: "array",
        items: [{ of: "string", items: words(2) }, { of: "u16", items: [1, 2, 3] }],
      }],
      ["split.no", "u16", 0],
      ["split.count", "u16", 1],
    ],
  }],
  // Longer than what is read at once, so that values lie across its ends.
  ["with long arrays and texts", {
    tensors: TENSORS,
    entries: [
      [KEY, "array", { of: "string", items: words(60_000) }],
      ["scores", "array", { of: "f32", items: Array(150_001).fill(0.5) }],
      ["template", "string", "{}".repeat(300_001)],
      ["last", "u8", 1],
    ],
  }],
];

for (const [what, description] of SOUND) {
  Deno.test({
    name: `inspectModel() finds the same bytes as another reader of a GGUF ${what}`,
    ignore,
    fn: () =>
      withFolder(async (folder) => {
        const path = `${folder}/m.gguf`;
        await writeGguf(path, description);
        const { tensors, dataOffset } = await compareWithOther(path);
        assertEquals(tensors.length, description.tensors.length);
        if (tensors.length > 0) assertEquals(tensors[0]?.offset, dataOffset);
      }),
  });
}

Deno.test({
  name: "inspectModel() lists what is of unknown types, and selectTensors() refuses only that",
  ignore,
  fn: () =>
    withFolder(async (folder) => {
      const path = `${folder}/m.gguf`;
      const unknown = { name: "new", shape: [64], type: 142 };
      await writeGguf(path, { tensors: [TENSORS[0]!, unknown, TENSORS[1]!] });
      const model = await inspectModel(path);
      assertEquals(model.tensors.map(({ dtype, bytes }) => [dtype, bytes]), [
        ["Q4_K", 432n],
        ["type 142", null],
        ["F32", 1400n],
      ]);
      const select = (pattern: string) => selectTensors([model], { patterns: [pattern] });
      assertEquals(select("blk.*").length + select("ü*").length, 2);
      for (const pattern of ["new", "*"]) {
        await assertRejects(
          async () => await select(pattern),
          RangeError,
          `tensor "new" of ${path} has an unknown type and size (type 142): select`,
        );
      }
    }),
});

const UNSOUND: [what: string, description: GgufDescription, message: string][] = [
  ["big-endian", { tensors: TENSORS, bigEndian: true }, "it is a big-endian GGUF"],
  [
    "of version 1",
    { tensors: TENSORS, version: 1 },
    "its GGUF version is 1, from before August 2023",
  ],
  ["of version 4", { tensors: TENSORS, version: 4 }, "its GGUF version is 4; 2 and 3 can be read"],
  ["aligned to 12", { tensors: TENSORS, alignment: 12 }, "alignment is 12; it must be a multi"],
  [
    "aligned to nothing",
    { tensors: [], entries: [["general.alignment", "u32", 0]] },
    "alignment is 0; it must be a multiple of 8",
  ],
  [
    "aligned to a word",
    { tensors: [], entries: [["general.alignment", "string", "32"]] },
    "general.alignment is not an unsigned integer",
  ],
  [
    "aligned twice",
    { tensors: TENSORS, alignment: 32, entries: [["general.alignment", "u32", 64]] },
    "it has general.alignment twice",
  ],
  [
    "aligned to more than it has",
    { tensors: TENSORS, entries: [["general.alignment", "u32", 2 ** 31]] },
    "its data begins at 2147483648, by its alignment of 2147483648, and the file ends at",
  ],
  [
    "aligned to other than it says",
    { tensors: TENSORS, entries: [["general.alignment", "u32", 64]] },
    "not a multiple of the file's alignment, 64",
  ],
];

for (const [what, description, message] of UNSOUND) {
  Deno.test({
    name: `inspectModel() refuses by name a GGUF ${what}`,
    ignore,
    fn: () =>
      withFolder(async (folder) => {
        const path = `${folder}/m.gguf`;
        await writeGguf(path, description);
        const error = await assertRejects(() => inspectModel(path), ModelError, message);
        assert(!error.message.includes("\n"), error.message);
      }),
  });
}

Deno.test({
  name: "inspectModel() finds the same bytes as another reader of a safetensors file",
  ignore,
  fn: () =>
    withFolder(async (folder) => {
      const path = `${folder}/m.safetensors`;
      const bytes: Record<string, number> = {
        ...{ BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1, F8_E8M0: 1, F8_E4M3FNUZ: 1 },
        ...{ F8_E5M2FNUZ: 1, I16: 2, U16: 2, F16: 2, BF16: 2, I32: 4, U32: 4, F32: 4, C64: 8 },
        ...{ F64: 8, I64: 8, U64: 8, F4: 0.5, F6_E2M3: 0.75, F6_E3M2: 0.75 },
        // Nobody knows these: their sizes stand in the offsets.
        ...{ I4: 0.5, F8_E9M9: 1, TF128: 16 },
      };
      const tensors = Object.entries(bytes).map(([dtype, size]) =>
        [`ü.${dtype}`, dtype, [4, 6], 24 * size] as [string, string, number[], number]
      );
      await writeSafetensors(path, [...tensors, ["none", "F32", [0, 9], 0], ["one", "F32", [], 4]]);
      const model = await compareWithOther(path);
      assertEquals(model.tensors.length, tensors.length + 2);
      assertEquals(selectTensors([model], { patterns: ["*"] }).length, tensors.length + 2);
    }),
});
