// One series for all bases: a base has its own form of a patch only where the code differs.
import { assert, assertEquals } from "@std/assert";
import { bases } from "../../kernel/lab/mod.ts";
import { parseSeries, readSeries } from "../../kernel/lab/patches.ts";

const KERNEL = new URL("../../kernel/", import.meta.url);
const FOLDERS = ["series/", "series-rw-iter/", "lab/patches/"].map((name) => new URL(name, KERNEL));

async function files(folder: URL): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

/** The message of a patch, without the list of changed lines, which depends on the base. */
function message(patch: string): string {
  const [text = ""] = patch.split("\n---\n");
  return text.replace(/^From .*\n/, "").replace(/^Date: .*\n/m, "");
}

for (const folder of FOLDERS) {
  const name = folder.pathname.slice(KERNEL.pathname.length);
  Deno.test(`kernel/${name} lists each of its patches, and only them`, async () => {
    const all = parseSeries(await Deno.readTextFile(new URL("series", folder)));
    const there = (await files(folder)).filter((file) => file.endsWith(".patch"));
    assertEquals(all, all.toSorted());
    // Those of another series are shared with it.
    const listed = all.filter((file) => !file.includes("/"));
    assertEquals(listed.toSorted(), there.toSorted());
  });

  Deno.test(`kernel/${name} says the same of a patch for every base`, async () => {
    for (const base of bases) {
      const patches = await readSeries(folder, { base, label: name });
      for (const { name: path, text } of patches.filter(({ name }) => name.includes(`/${base}/`))) {
        const file = path.slice(name.length + 1).replace(`${base}/`, "");
        const common = await Deno.readTextFile(new URL(file, folder));
        assertEquals(message(text), message(common), path);
        assert(text !== common, `${path} is the same for every base: one file is enough`);
      }
    }
  });

  Deno.test(`kernel/${name} leaves the sign-off to who sends it`, async () => {
    for (const base of bases) {
      for (const { name: path, text } of await readSeries(folder, { base, label: name })) {
        assert(!/^Signed-off-by:/m.test(message(text)), path);
      }
    }
  });

  Deno.test(`kernel/${name} has forms of patches only for bases and patches that there are`, async () => {
    const listed = parseSeries(await Deno.readTextFile(new URL("series", folder)));
    for (const entry of await Array.fromAsync(Deno.readDir(folder))) {
      if (!entry.isDirectory) continue;
      assert(bases.some((base) => base === entry.name), `${name}${entry.name} is no base`);
      for (const file of await files(new URL(`${entry.name}/`, folder))) {
        assert(listed.includes(file), `${name}${entry.name}/${file} is in no series`);
      }
    }
  });
}
