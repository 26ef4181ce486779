import { assertEquals, assertMatch } from "@std/assert";
import { documentOf, row } from "../bench/_fixtures.ts";
import { dmacopy } from "./_run.ts";

const document = documentOf(new Map([[row(22), [250, 251, 249]]]));

Deno.test("dmacopy bench fleet names what it skips, with status 1, and shows the rest", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    await Deno.writeTextFile(`${folder}/a.json`, JSON.stringify(document));
    const clean = await dmacopy(["bench", "fleet", "*.json", "--json", "t"], { cwd: folder });
    assertEquals([clean.code, clean.stderr], [0, ""]);
    assertMatch(clean.stdout, /^1 file; medians[^]*^ +22 +1 +4295$/m);
    assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/t`)).groups[0].n, 1);

    await Deno.writeTextFile(`${folder}/b.json`, "{");
    const args = ["bench", "fleet", "*.json", "--parquet", "t.parquet"];
    const { code, stdout, stderr } = await dmacopy(args, { cwd: folder });
    assertMatch(stderr, /^skipped: .*b\.json is not a bench result: it is not JSON$/m);
    assertMatch(stderr, /^dmacopy: 1 of 2 files were skipped$/m);
    assertMatch(stdout, /^1 file/);
    assertEquals(code, 1);
    assertEquals(Deno.statSync(`${folder}/t.parquet`).isFile, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("dmacopy bench fleet writes no file if nothing is a result", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a.json`, "{}");
    const args = ["bench", "fleet", "*.json", "--parquet", "t.parquet", "--json", "t"];
    const { code, stderr } = await dmacopy(args, { cwd: folder });
    assertMatch(stderr, /^skipped: .*a\.json is not a bench result: it has no schema/);
    assertMatch(stderr, /\ndmacopy: none of the files is a bench result\n$/);
    assertEquals(code, 1);
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["a.json"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("dmacopy bench fleet refuses what it can't group by, in one line", async () => {
  const { code, stderr } = await dmacopy(["bench", "fleet", "x", "--by", "kernel,moon"]);
  assertMatch(stderr, /^dmacopy: --by: results have no "moon": there are kernel, base, [^\n]*\n$/);
  assertEquals(code, 2);
  const none = await dmacopy(["bench", "fleet", "/nowhere/*.json"]);
  assertMatch(none.stderr, /^dmacopy: no file matches \/nowhere\/\*\.json\n$/);
  assertEquals(none.code, 1);
});

Deno.test("dmacopy loads DuckDB for bench fleet alone", async () => {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-env=INIT_CWD", "--no-prompt", "cli/main.ts", "bench", "fleet", "--help"],
    cwd: new URL("../..", import.meta.url),
    env: { INIT_CWD: "", NO_COLOR: "1" },
    stdout: "null",
  }).output();
  // Loading it takes --allow-ffi.
  assertEquals(code, 0);
});
