import { assertEquals, assertRejects } from "@std/assert";
import { inspectModels, ModelError, selectTensors } from "../../models/mod.ts";
import { entry, F32, makeGguf, makeSafetensors, random, u32 } from "./_fixtures.ts";
import { withFolder } from "./_independent.ts";

/** Writes a safetensors file whose tensors are of a byte each. */
function writeShard(path: string, ...names: string[]): void {
  const entries = names.map((name, i) => [
    name,
    { dtype: "U8", shape: [1], data_offsets: [i, i + 1] },
  ]);
  Deno.writeFileSync(path, makeSafetensors(Object.fromEntries(entries), random(names.length)));
}

function writeIndex(folder: string, map: Record<string, string>): string {
  const path = `${folder}/model.safetensors.index.json`;
  Deno.writeTextFileSync(path, JSON.stringify({ weight_map: map }));
  return path;
}

/** Writes a part of a GGUF with a tensor of its own. */
function writePart(path: string, { index, count }: { index: number; count: number }): void {
  const u16 = (value: number) => u32(value).subarray(0, 2);
  const entries = [entry("split.no", 2, u16(index)), entry("split.count", 2, u16(count))];
  const tensor = { name: `blk.${index}`, shape: [2], type: F32, data: random(8) };
  Deno.writeFileSync(path, makeGguf([tensor], entries));
}

/** Which files have which tensors, without their folder. */
async function namesOf(
  paths: readonly string[],
  options: Parameters<typeof inspectModels>[1] = {},
): Promise<Record<string, string[]>> {
  const models = await inspectModels(paths, options);
  return Object.fromEntries(
    models.map(({ path, tensors }) => [
      path.slice(path.lastIndexOf("/") + 1),
      tensors.map(({ name }) => name),
    ]),
  );
}

Deno.test("inspectModels() takes a tensor from where the index says, and from nowhere else", () =>
  withFolder(async (folder) => {
    writeShard(`${folder}/m-1.safetensors`, "a", "x");
    writeShard(`${folder}/m-2.safetensors`, "a", "b");
    const index = writeIndex(folder, {
      x: "m-1.safetensors",
      a: "m-2.safetensors",
      b: "m-2.safetensors",
    });
    const all = { "m-1.safetensors": ["x"], "m-2.safetensors": ["a", "b"] };
    assertEquals(await namesOf([index]), all);
    // Named besides the index they still are the index's.
    assertEquals(await namesOf([`${folder}/m-1.safetensors`, index]), all);
    const [placed, ...more] = selectTensors(await inspectModels([index]), { patterns: ["a"] });
    assertEquals([placed?.path, more], [`${folder}/m-2.safetensors`, []]);
    const both = ["m-1", "m-2"].map((name) => `${folder}/${name}.safetensors`);
    await assertRejects(
      async () => selectTensors(await inspectModels(both), { patterns: ["*"] }),
      RangeError,
      `tensor "a" is in ${both[0]} and in ${both[1]}: name their index`,
    );
    const others = selectTensors(await inspectModels(both), { patterns: ["b", "x"] });
    assertEquals(others.map(({ name }) => name), ["x", "b"]);
  }));

Deno.test("inspectModels() opens only the files that have what is asked for", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/layers.0`);
    writeShard(`${folder}/layers.0/x.safetensors`, "c");
    const index = writeIndex(folder, { x: "gone.safetensors", c: "./layers.0/x.safetensors" });
    assertEquals(await namesOf([index], { patterns: ["c"] }), { "x.safetensors": ["c"] });
    for (const patterns of [["x"], ["*"], undefined]) {
      await assertRejects(
        () => inspectModels([index], patterns && { patterns }),
        ModelError,
        `it names ${folder}/gone.safetensors, which does not exist`,
      );
    }
    const told: string[] = [];
    const onMissing = (sentence: string) => void told.push(sentence);
    assertEquals(await namesOf([index], { onMissing }), { "x.safetensors": ["c"] });
    assertEquals(told.length, 1);
    const gone = writeIndex(await Deno.makeTempDir({ dir: folder }), { x: "gone.safetensors" });
    await assertRejects(
      () => inspectModels([gone], { onMissing }),
      ModelError,
      "none of the files",
    );
    await assertRejects(
      () => inspectModels([index], { patterns: ["nope"] }),
      RangeError,
      `no tensor matches "nope": ${index} has "x", "c"`,
    );
  }));

Deno.test("inspectModels() refuses an index that is wrong of its files", () =>
  withFolder(async (folder) => {
    writeShard(`${folder}/m.safetensors`, "a");
    const index = writeIndex(folder, { a: "m.safetensors", b: "m.safetensors" });
    await assertRejects(
      () => inspectModels([index]),
      ModelError,
      `it says that ${folder}/m.safetensors has tensor "b", which it does not have`,
    );
  }));

for (const kind of ["gguf", "safetensors"] as const) {
  Deno.test(`inspectModels() finds the other files of a ${kind} model, or says what is missing`, () =>
    withFolder(async (folder) => {
      const paths = [1, 2, 3].map((n) => `${folder}/m-0000${n}-of-00003.${kind}`);
      for (const [i, path] of paths.entries()) {
        if (kind === "gguf") writePart(path, { index: i, count: 3 });
        else writeShard(path, `blk.${i}`);
      }
      const names = async (given: string[], options = {}) =>
        Object.values(await namesOf(given, options)).flat();
      const all = ["blk.0", "blk.1", "blk.2"];
      assertEquals(await names([paths[1]!]), all);
      assertEquals(await names(paths), all);
      await Deno.remove(paths[2]!);
      await assertRejects(
        () => names([paths[0]!]),
        ModelError,
        `it is one of 3 files, and ${paths[2]} is not there: download the whole model`,
      );
      const told: string[] = [];
      const onMissing = (sentence: string) => void told.push(sentence);
      assertEquals(await names([paths[0]!, paths[1]!], { onMissing }), ["blk.0", "blk.1"]);
      assertEquals(told.length, 1);
      await assertRejects(
        () => names([paths[2]!]),
        Deno.errors.NotFound,
        `there is no ${paths[2]}`,
      );
    }));
}

Deno.test("inspectModels() believes a GGUF's header that it is a part, whatever its name", () =>
  withFolder(async (folder) => {
    const [first, second] = [`${folder}/a.gguf`, `${folder}/b.gguf`];
    writePart(first, { index: 0, count: 2 });
    writePart(second, { index: 1, count: 2 });
    assertEquals(await namesOf([first, second]), { "a.gguf": ["blk.0"], "b.gguf": ["blk.1"] });
    await assertRejects(
      () => inspectModels([second]),
      ModelError,
      "it is part 2 of 2 by its header",
    );
    const wrong = [`${folder}/m-00001-of-00002.gguf`, `${folder}/m-00002-of-00002.gguf`];
    await Deno.rename(first, wrong[1]!);
    await Deno.rename(second, wrong[0]!);
    await assertRejects(() => inspectModels([wrong[0]!]), ModelError, "and another by its name");
  }));
