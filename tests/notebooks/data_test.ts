import { assertEquals } from "@std/assert";
import { datasets } from "../../notebooks/measure/datasets.ts";

const DATA = new URL("../../notebooks/data/", import.meta.url);

for (const { name, command } of datasets) {
  Deno.test(`data/${name}.json is what its command gives`, async () => {
    const text = await Deno.readTextFile(new URL(`${name}.json`, DATA));
    assertEquals(JSON.parse(text).command, command);
  });
}

Deno.test("data/ has no result that nothing measures", () => {
  const files = [...Deno.readDirSync(DATA)].map(({ name }) => name).sort();
  assertEquals(files, datasets.map(({ name }) => `${name}.json`).sort());
});
