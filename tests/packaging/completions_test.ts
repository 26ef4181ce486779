import { assertEquals, assertMatch } from "@std/assert";
import { writeCompletions } from "../../packaging/completions.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

Deno.test("writeCompletions() writes a file for each shell, by the name that the shell looks for", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    const paths = await writeCompletions(`${folder}/new`, [Deno.execPath(), "run", "-A", MAIN]);
    const names = ["dmacopy", "_dmacopy", "dmacopy.fish"];
    assertEquals(paths, names.map((name) => `${folder}/new/${name}`));
    const [bash = "", zsh = "", fish = ""] = paths.map((path) => Deno.readTextFileSync(path));
    assertMatch(bash, /^complete .*-F _dmacopy dmacopy$/m);
    assertMatch(zsh, /^#compdef dmacopy$/m);
    assertMatch(fish, /^complete -c dmacopy .*-a copy/m);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
