import { assert, assertEquals } from "@std/assert";
import { variablesOfTests } from "../../guests/variables_of_tests.ts";

const LAB = new URL("../lab/", import.meta.url);

Deno.test("a guest's tests get the variables that they read, if the host has them", async () => {
  assertEquals(variablesOfTests({ get: () => undefined }), {});
  const passed = variablesOfTests({ get: (name) => `the host's ${name}` });
  const read = new Set<string>();
  for await (const { name } of Deno.readDir(LAB)) {
    const source = name.endsWith(".ts") ? await Deno.readTextFile(new URL(name, LAB)) : "";
    for (const [, variable] of source.matchAll(/Deno\.env\.get\("(\w+)"\)/g)) read.add(variable!);
  }
  assert(read.has("HEAP_CLEARING_OPERATIONS"));
  for (const variable of read) assertEquals(passed[variable], `the host's ${variable}`);
});
