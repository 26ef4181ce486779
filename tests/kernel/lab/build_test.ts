import { assertEquals } from "@std/assert";
import { ignoredOptions } from "../../../kernel/lab/tree.ts";

Deno.test("ignoredOptions() names the lines that a .config does not honour", () => {
  const fragment =
    "# a comment\nCONFIG_A=y\nCONFIG_GONE=y\n# CONFIG_OFF is not set\n# CONFIG_B is not set\n";
  const config = "\nCONFIG_A=y\nCONFIG_B=y\nCONFIG_AB=y\n";
  assertEquals(ignoredOptions(fragment, config), ["CONFIG_GONE=y", "# CONFIG_B is not set"]);
});
