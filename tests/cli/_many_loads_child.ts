// Loads the files that its arguments name, six times.
import { loadFiles } from "../../copy/mod.ts";

for (let round = 0; round < 6; round++) {
  using _loaded = await loadFiles(Deno.args, { to: "memfd" });
}
