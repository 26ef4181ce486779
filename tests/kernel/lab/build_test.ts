import { assertEquals, assertRejects } from "@std/assert";
import { ignoredOptions } from "../../../kernel/lab/tree.ts";
import { fragmentsOf, isOf } from "../../../kernel/lab/variants.ts";
import { readRecipe } from "../../../kernel/lab/variant.ts";

Deno.test("ignoredOptions() names the lines that a .config does not honour", () => {
  const fragment =
    "# a comment\nCONFIG_A=y\nCONFIG_GONE=y\n# CONFIG_OFF is not set\n# CONFIG_B is not set\n";
  const config = "\nCONFIG_A=y\nCONFIG_B=y\nCONFIG_AB=y\n";
  assertEquals(ignoredOptions(fragment, config), ["CONFIG_GONE=y", "# CONFIG_B is not set"]);
});

Deno.test("ignoredOptions() takes the last word on an option", () => {
  const fragment = "CONFIG_OFF=y\nCONFIG_N=1\n# CONFIG_OFF is not set\nCONFIG_N=2\n";
  assertEquals(ignoredOptions(fragment, "\nCONFIG_N=2\n"), []);
  assertEquals(ignoredOptions(fragment, "\nCONFIG_N=1\nCONFIG_OFF=y\n"), [
    "# CONFIG_OFF is not set",
    "CONFIG_N=2",
  ]);
});

Deno.test("a variant may be of one architecture, or have fragments of its own there", async () => {
  assertEquals([isOf("arm64", "16k"), isOf("x86-64", "16k"), isOf("x86-64", "debug")], [
    ...[true, false, true],
  ]);
  assertEquals(fragmentsOf("debug", "x86-64"), ["config-debug", "config-cma"]);
  assertEquals(
    fragmentsOf("debug", "arm64"),
    ["config-debug", "config-cma", "config-debug-arm64"],
  );
  await assertRejects(
    () => readRecipe({ arch: "x86-64", variant: "64k" }),
    Error,
    "x86-64 has no 64k kernel: name another --arch",
  );
});
