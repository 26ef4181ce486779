// README's commands from nothing: in clean roots of Debian 12 and 13, with the files that git tracks.
import { assertEquals } from "@std/assert";
import { succeed } from "./_build.ts";
import { runIn, SUITES, withRoot } from "./_roots.ts";

/** `./run test:readme` installs what it takes. */
const ignore = Deno.env.get("DMACOPY_TEST_README") !== "1";
const ROOT = new URL("../../", import.meta.url).pathname;
const STEPS = [
  "npm",
  "copy",
  "doctor",
  "the unit tests",
  "the package for npm",
  "npm install",
  "the packages for Debian",
  "apt-get install",
  "bench --quick",
];

for (const suite of SUITES) {
  Deno.test({
    name: `README's commands work in a clean root of ${suite} (by ./run test:readme)`,
    ignore,
    async fn() {
      await withRoot(suite, async (root) => {
        const copy = 'mkdir "$1/srv/dmacopy" && cd "$0" && ' +
          "git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | " +
          'tar -x -C "$1/srv/dmacopy"';
        await succeed("sh", ["-euc", copy, ROOT, root]);
        const lines = (await runIn(root, "readme_in_root.sh")).trim().split("\n");
        assertEquals(lines, STEPS.map((step) => `done: ${step}`));
      });
    },
  });
}
