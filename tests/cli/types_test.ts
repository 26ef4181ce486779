import { assertEquals } from "@std/assert";
import { baseType, kernelType } from "../../cli/types.ts";
import { bases, variants } from "../../kernel/lab/mod.ts";

Deno.test("--base and --kernel take what the lab has", () => {
  assertEquals(baseType.values(), bases);
  assertEquals(kernelType.values(), variants);
});
