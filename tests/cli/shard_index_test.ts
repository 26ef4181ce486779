import { assertEquals, assertThrows } from "@std/assert";
import { expandIndex } from "../../cli/shard_index.ts";

Deno.test("expandIndex() leaves other paths alone", () => {
  assertEquals(expandIndex("/nonexistent/model.safetensors"), ["/nonexistent/model.safetensors"]);
});

Deno.test("expandIndex() gives each file that an index names, once", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/model.safetensors.index.json`;
    const expand = (index: unknown) => {
      Deno.writeTextFileSync(path, typeof index === "string" ? index : JSON.stringify(index));
      return expandIndex(path);
    };
    const map = { "a.weight": "m-2.safetensors", "b": "m-1.safetensors", "c": "m-2.safetensors" };
    const shards = ["m-1.safetensors", "m-2.safetensors"].map((name) => `${folder}/${name}`);
    assertEquals(expand({ metadata: { total_size: 3 }, weight_map: map }), shards);
    for (
      const [index, message] of [
        ["{", "is no JSON"],
        ["null", 'has no "weight_map"'],
        [{ weight_map: [] }, 'has no "weight_map"'],
        [{ weight_map: {} }, "names no files"],
        [{ weight_map: { a: "../../etc/shadow" } }, "no file in its folder"],
        [{ weight_map: { a: ".." } }, "no file in its folder"],
        [{ weight_map: { a: 1 } }, "no file in its folder"],
      ] as const
    ) {
      assertThrows(() => expand(index), Error, message);
    }
    assertThrows(() => expandIndex(`${folder}/x.index.json`), Error, `there is no ${folder}/x`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
