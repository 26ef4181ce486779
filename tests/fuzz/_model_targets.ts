import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { describeModels, modelsAsJson } from "../../cli/report_model.ts";
import {
  inspectModel,
  type Model,
  ModelError,
  modelFiles,
  selectTensors,
} from "../../models/mod.ts";
import {
  arrayEntry,
  entry,
  makeGguf,
  makeSafetensors,
  textEntry,
  u32,
} from "../models/_fixtures.ts";
import { damagedBytes, damagedJson, damagedText, noise } from "./_damage.ts";
import { type Reader, type Target, target } from "./_target.ts";

/** Names as models have them, and as they might. */
const name = fc.oneof(
  fc.tuple(fc.nat(3), fc.constantFrom("attn_q", "ffn_up"))
    .map(([block, part]) => `blk.${block}.${part}.weight`),
  noise,
);
const shape = fc.array(fc.nat(5), { maxLength: 3 });
const F32_BYTES = 4;

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Numbers of a GGUF's types that have a size. */
const SIZES: readonly [type: number, bytes: number][] = //
  [[0, 1], [1, 1], [2, 2], [3, 2], [4, 4], [5, 4], [6, 4], [7, 1], [10, 8], [11, 8], [12, 8]];
const value = fc.uint8Array({ minLength: 8, maxLength: 8 });
const key = fc.oneof(noise, fc.constantFrom("split.no", "split.count"));

const entries = fc.array(
  fc.oneof(
    fc.tuple(key, fc.constantFrom(...SIZES), value)
      .map(([key, [type, bytes], value]) => entry(key, type, value.subarray(0, bytes))),
    fc.tuple(key, noise).map(([key, value]) => textEntry(key, value)),
    fc.tuple(key, fc.constantFrom(...SIZES), fc.array(value, { maxLength: 5 }))
      .map(([key, [type, bytes], values]) =>
        arrayEntry(key, type, values.map((value) => value.subarray(0, bytes)))
      ),
    fc.tuple(key, fc.array(noise, { maxLength: 5 })).map(([key, values]) =>
      // An entry without a key is a length of 0, a type, and the value.
      arrayEntry(key, 8, values.map((value) => textEntry("", value).subarray(12)))
    ),
    fc.constantFrom(0, 8, 24, 32, 64, 2 ** 31).map((alignment) =>
      entry("general.alignment", 4, u32(alignment))
    ),
  ),
  { maxLength: 4 },
);

const gguf = fc.tuple(fc.array(fc.record({ name, shape }), { maxLength: 3 }), entries)
  .map(([tensors, entries]) =>
    makeGguf(
      tensors.map(({ name, shape }) => ({
        ...{ name, shape, type: 0, data: new Uint8Array(elements(shape) * F32_BYTES) },
      })),
      entries,
    )
  );

const safetensors = fc.array(fc.record({ name, shape }), { maxLength: 3 }).map((tensors) => {
  let end = 0;
  const entries = tensors.map(({ name, shape }) => {
    const begin = end;
    end += elements(shape) * F32_BYTES;
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }];
  });
  return { header: { ...Object.fromEntries(entries), __metadata__: { a: "b" } }, end };
});

const safetensorsBytes = fc.oneof(
  safetensors.map(({ header, end }) => makeSafetensors(header, new Uint8Array(end))),
  fc.tuple(damagedJson(safetensors.map(({ header }) => header)), fc.nat(64))
    .map(([header, bytes]) => makeSafetensors(header, new Uint8Array(bytes))),
  fc.tuple(damagedText(safetensors.map(({ header }) => JSON.stringify(header))), fc.nat(64))
    .map(([header, bytes]) => makeSafetensors(header, new Uint8Array(bytes))),
);

/** One file, written again for each input. */
function fileReader<T>(
  write: (path: string, input: T) => void,
  read: (path: string, input: T) => unknown,
  { suffix = "" } = {},
): Reader<T> {
  const path = Deno.makeTempFileSync({ dir: "/dev/shm", prefix: "dmacopy-fuzz-", suffix });
  return {
    read(input) {
      write(path, input);
      return read(path, input);
    },
    [Symbol.asyncDispose]: () => Deno.remove(path),
  };
}

async function readModel(path: string, content: Uint8Array): Promise<void> {
  const model = await inspectModel(path);
  assertEquals(model.bytes, BigInt(content.length));
  let end = 0n;
  for (const { offset, bytes, shape } of model.tensors) {
    assert(
      offset >= end && (bytes ?? 0n) >= 0n && shape.every((size) => Number.isSafeInteger(size)),
    );
    end = offset + (bytes ?? 0n);
  }
  assert(end <= model.bytes);
  JSON.stringify(modelsAsJson([model]));
  const lines = describeModels([model]).split("\n");
  assertEquals([lines.length, /\p{Cc}/u.test(lines.join(""))], [model.tensors.length + 3, false]);
  const known = model.tensors.every(({ bytes }) => bytes !== null);
  if (known && model.tensors.length > 0) {
    assertEquals(selectTensors([model], { patterns: ["*"] }).length, model.tensors.length);
  }
}

function headers(name: string, valid: fc.Arbitrary<Uint8Array>): Target {
  return {
    name: `inspectModel(), ${name}`,
    inputs: damagedBytes(valid),
    refusals: [ModelError, TypeError],
    open: () => fileReader(Deno.writeFileSync, readModel),
  } as Target as Target;
}

const index = {
  name: "modelFiles()",
  inputs: damagedText(
    damagedJson(fc.record({
      metadata: fc.record({ total_size: fc.nat() }),
      weight_map: fc.dictionary(
        name,
        fc.constantFrom("model-1.safetensors", "./model-2.safetensors", "a/b//c.safetensors"),
      ),
    })).map((value) => JSON.stringify(value)),
  ),
  refusals: [ModelError, TypeError],
  open: () =>
    fileReader(Deno.writeTextFileSync, (path) => {
      const folder = path.slice(0, path.lastIndexOf("/") + 1);
      for (const shard of modelFiles(path)) {
        assert(shard.startsWith(folder) && !/\0|\/\/|\/\.{0,2}(\/|$)/.test(shard), shard);
        assertEquals(new URL(`file://${encodeURI(shard)}`).pathname.startsWith(folder), true);
      }
    }, { suffix: ".index.json" }),
};

const pattern = fc.array(
  fc.oneof(fc.constantFrom("*", "?", "a", "blk", ".", "**", "[", "\\"), noise),
  {
    maxLength: 30,
  },
).map((parts) => parts.join(""));

const patterns = target({
  name: "selectTensors()",
  inputs: fc.record({
    names: fc.array(fc.oneof(name, fc.nat(300).map((length) => "a".repeat(length))), {
      minLength: 1,
    }),
    patterns: fc.array(fc.oneof(pattern, name, fc.constantFrom("*", "blk.*", "?*")), {
      ...{ minLength: 1, maxLength: 2 },
    }),
    alignBytes: fc.bigInt({ min: 0n, max: 2n ** 40n }),
  }),
  refusals: [RangeError],
  read({ names, patterns, alignBytes }) {
    const tensors = [...new Set(names)].map((name) => ({
      ...{ name, dtype: "I8", shape: [3], offset: 0n, bytes: 3n },
    }));
    const model: Model = { path: "m", format: "gguf", bytes: 0n, dataOffset: 0n, tensors };
    const placed = selectTensors([model], { patterns, alignBytes });
    assert(placed.every(({ bufferOffset }) => bufferOffset % alignBytes === 0n));
    assert(placed.length > 0);
    for (const name of names.filter((name) => patterns.includes(name))) {
      if (/[*?]/.test(name)) continue;
      assert(placed.some((tensor) => tensor.name === name));
    }
  },
});

/** The readers of `models/`, and of the index of a model's shards. */
export const modelTargets: readonly Target[] = [
  headers("GGUF", gguf),
  headers("safetensors", safetensorsBytes),
  index as unknown as Target,
  patterns,
];
