// The package for npm, installed into an empty prefix.
import { assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { works } from "../_works.ts";
import { buildPackage, output, succeed } from "./_build.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const README = Deno.readTextFileSync(`${ROOT}README.md`);

Deno.test({
  name: "npm install -g of the tarball gives the command dmacopy",
  ignore: !works("npm"),
  async fn() {
    const prefix = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
    try {
      await buildPackage("npm");
      // npm takes a path that does not begin with a dot for a repository on GitHub.
      const [, line = ""] = /^(npm install -g \.\/dist\/.*)$/m.exec(README) ?? [];
      const env = { npm_config_prefix: prefix };
      await succeed("sh", ["-euc", line], { cwd: ROOT, env });
      const own = { NO_COLOR: "1", XDG_CACHE_HOME: `${prefix}/cache`, INIT_CWD: "/", LC_ALL: "C" };
      const options = { cwd: prefix, env: own };
      const dmacopy = (...args: string[]) => output(`${prefix}/bin/dmacopy`, args, options);
      assertEquals((await dmacopy("--version")).stdout, `${config.version}\n`);

      await Deno.writeTextFile(`${prefix}/model.bin`, "weights");
      const copy = ["copy", "model.bin", "memfd", "--verify", "--exec", "sh", "-c", "cat <&3"];
      const { code, stdout, stderr } = await dmacopy(...copy);
      assertEquals([code, stdout.slice(0, 7)], [0, "weights"], stderr);

      const lab = await dmacopy("lab", "build");
      assertEquals(lab.code, 1);
      assertStringIncludes(lab.stderr, "the lab is not in this package");
    } finally {
      await Deno.remove(prefix, { recursive: true });
    }
  },
});

Deno.test("The command from npm says so where npm brought no Deno", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    await Deno.copyFile(
      new URL("../../packaging/launchers/npm", import.meta.url),
      `${folder}/dmacopy`,
    );
    const { code, stderr } = await output("sh", [`${folder}/dmacopy`, "doctor"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "npm installed no Deno");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
