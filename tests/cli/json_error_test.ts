// With --json, a failure is an object on stdout, too.
import { assertEquals, assertMatch } from "@std/assert";
import { wantsJson } from "../../cli/json_error.ts";
import { dmacopy } from "./_run.ts";

/** The only object on stdout of a run that fails as stderr says. */
async function failure(args: string[], code: number) {
  const run = await dmacopy(args);
  const { error } = JSON.parse(run.stdout);
  assertEquals(run.code, code);
  assertEquals(run.stderr, `dmacopy: ${error.message}\n`);
  return error;
}

Deno.test("A command with --json prints its failure as JSON, and keeps its status", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/absent.gguf`;
    for (const command of ["copy", "inspect", "doctor"]) {
      const error = await failure([command, path, "--json"], 1);
      assertEquals(error.code, "ENOENT", command);
    }
    const unsaved = await failure(["snapshot", `${folder}/socket`, `${folder}/kept`, "--json"], 1);
    assertEquals(unsaved.code, "ENOENT");
    const { code, path: given, message } = await failure(["copy", path, "memfd", "--json"], 1);
    assertEquals([code, given], ["ENOENT", path]);
    assertMatch(message, /absent\.gguf/);
    const usage = await failure(["copy", path, "--json", "--verfy"], 2);
    assertEquals([usage.code, usage.path], ["usage", null]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("wantsJson() leaves a stdout alone that is a command's, for paths, or a file's", () => {
  assertEquals(wantsJson(["copy", "a", "--json"]), true);
  assertEquals(wantsJson(["inspect", "a", "-j"]), true);
  assertEquals(wantsJson(["copy", "a", "--json", "--exec", "cat"]), false);
  assertEquals(wantsJson(["copy", "a", "--json", "--hold"]), false);
  assertEquals(wantsJson(["copy", "--", "--json"]), false);
  assertEquals(wantsJson(["bench", "--json", "out.json"]), false);
});
