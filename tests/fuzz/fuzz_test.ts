// The short form: `deno task fuzz` feeds each of them a million.
import { assertEquals } from "@std/assert";
import { fuzz } from "./_target.ts";
import { targets } from "./_targets.ts";

const RUNS = 300;
/** The long form uses another seed each time. */
const SEED = 1;

for (const target of targets) {
  Deno.test(`${target.name} reads or refuses any input`, async () => {
    const { failure } = await fuzz(target, { runs: RUNS, seed: SEED });
    assertEquals(failure, null);
  });
}
