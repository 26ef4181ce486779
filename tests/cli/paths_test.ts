// Names with what shells, terminals and JavaScript treat in their own way.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { dmacopy } from "./_run.ts";

const DATA = new TextEncoder().encode("weights");
const NAMES = ["a b", "a\nb", `'"$(id)\``, "-rf", "*?[x]", "%s\\n", "ünï-𝄞", "fd:3", "memfd"];

async function withFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "dmacopy test'" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const name of NAMES) {
  Deno.test(`dmacopy copy loads, lists and saves ${JSON.stringify(name)}`, async () => {
    await withFolder(async (folder) => {
      const [path, saved, layout] = [`./${name}`, `./saved ${name}`, `./layout ${name}`];
      await Deno.writeFile(`${folder}/${name}`, DATA);
      const self = [
        Deno.execPath(),
        "run",
        "-A",
        new URL("../../cli/main.ts", import.meta.url).href,
      ];
      const { code, stderr } = await dmacopy(
        ["copy", path, "memfd", "--layout", layout, "--exec", ...self, "copy", "fd:3", saved],
        { cwd: folder },
      );
      assertEquals(code, 0, stderr);
      assertEquals(await Deno.readFile(`${folder}/saved ${name}`), DATA);
      const { buffers } = JSON.parse(await Deno.readTextFile(`${folder}/layout ${name}`));
      assertEquals([buffers[0].name, buffers[0].layout[0].path], [name, path]);
      const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
      assertEquals(names, [name, `layout ${name}`, `saved ${name}`].sort());
    });
  });
}

Deno.test("dmacopy copy names a missing file in one line, whatever its name", async () => {
  const runs = await Promise.all(NAMES.map((name) => dmacopy(["copy", `/proc/none/${name}`])));
  for (const { code, stderr } of runs) {
    assertEquals(code, 1);
    assertMatch(stderr, /^dmacopy: [^\n]*\n$/);
  }
});

Deno.test("dmacopy copy reads a name that is not UTF-8 where the shell opens it", async () => {
  await withFolder(async (folder) => {
    const main = new URL("../../cli/main.ts", import.meta.url).pathname;
    const script = `name=$(printf 'x\\377'); printf weights > "$name"
      "$0" run -A "$1" copy "$name"; echo "status $?" >&2
      "$0" run -A "$1" copy /proc/self/fd/3 memfd --exec sh -c 'cat <&3' 3< "$name"`;
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", script, Deno.execPath(), main],
      cwd: folder,
      env: { NO_COLOR: "1", INIT_CWD: "" },
    }).output();
    const said = new TextDecoder().decode(stderr);
    assertMatch(said, /^dmacopy: the name "x\ufffd" is not UTF-8: write \/proc\/self\/fd\/3 .*\n/);
    assert(said.includes("status 2\n"), said);
    assertEquals([code, stdout], [0, DATA]);
  });
});
