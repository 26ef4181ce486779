// The client for Python as a package: installed by pip, and checked by mypy.
import { assert, assertEquals } from "@std/assert";
import { works } from "../_works.ts";
import { CLIENTS, output, serveWhile, withHanded } from "../handover/_fixtures.ts";

/** Runs an action with a copy of the package, as tools leave files beside what they work on. */
async function withCopy(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    assertEquals((await output("cp", ["-r", CLIENTS.python, `${folder}/python`])).code, 0);
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "pip installs the Python client, with its types",
  ignore: !works("python3", ["-c", "import setuptools, wheel, pip"]),
  async fn() {
    await withCopy((folder) =>
      withHanded(async ({ handed, data, folder: sockets }) => {
        const args = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation"];
        const env = {
          PYTHONPATH: "",
          PIP_ROOT_USER_ACTION: "ignore",
          PYTHONDONTWRITEBYTECODE: "1",
        };
        const pip = ["-m", "pip", "install", ...args, "--target", `${folder}/site`];
        const installed = await output("python3", [...pip, `${folder}/python`], { env });
        assertEquals(installed.code, 0, installed.stderr);
        const names = [...Deno.readDirSync(`${folder}/site/dmacopy`)].map(({ name }) => name);
        assert(names.includes("py.typed"), names.join());

        const path = `${sockets}/socket`;
        const code = `import dmacopy, sys
with dmacopy.receive(sys.argv[1]) as [buffer]:
    memory = buffer.map()
sys.stdout.write(memory.hex())`;
        await serveWhile(path, handed, async () => {
          const site = { ...env, PYTHONPATH: `${folder}/site` };
          const { stdout, stderr } = await output("python3", ["-c", code, path], { env: site });
          assertEquals([stderr, stdout], ["", data.toHex()]);
        });
      })
    );
  },
});

Deno.test({
  name: "mypy finds nothing in the Python client",
  ignore: !works("mypy"),
  async fn() {
    await withCopy(async (folder) => {
      const cwd = `${folder}/python`;
      const args = ["--strict", "--no-error-summary", "dmacopy", "read_tensor.py"];
      assertEquals(await output("mypy", args, { cwd }), { code: 0, stdout: "", stderr: "" });
    });
  },
});
