// README's "Use it in your project", from folders without any file of this project.
import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { hasNetwork } from "../_works.ts";
import { DENO_DIR } from "../cli/_run.ts";

const ROOT = new URL("../../", import.meta.url);
const CHECKOUT = ROOT.pathname.replace(/\/$/, "");
const [, SECTION = ""] = /## Use it in your project\n([^]*?)\n## /.exec(
  Deno.readTextFileSync(new URL("README.md", ROOT)),
) ?? [];
/** The text of each way: an import, a configuration, an import. */
const [BY_PATH = "", BY_LINK = "", BY_URL = ""] = [
  ...SECTION.matchAll(/```(?:ts|json)\n([^]*?)```/g),
]
  .map(([, block]) => block!);

/** Without a lock file, Deno asks npm's registry for each package. */
const HAS_NETWORK = hasNetwork();

/** A program that loads a file by what `line` imports. */
function program(line: string): string {
  return `${line}
await Deno.writeTextFile("model.bin", "weights");
using model = await loadFile("model.bin", { to: "memfd", verify: true });
console.log(model.bytes, model.verified);
`;
}

/** Type-checks and runs a program in a folder of its own. */
async function runElsewhere(
  files: Record<string, string>,
  env: Record<string, string> = {},
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--check", "-A", "--no-lock", "main.ts"],
      cwd: folder,
      env: { NO_COLOR: "1", DENO_DIR, ...env },
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Only what is published is there. */
function serveFiles(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async ({ url }) => {
    const path = new URL(url).pathname.slice(1);
    const published = config.publish.include.some((name) =>
      path === name || path.startsWith(`${name}/`)
    );
    if (!published) return new Response("there is no such file", { status: 404 });
    const type = path.endsWith(".ts") ? "application/typescript" : "text/plain";
    return new Response(await Deno.readFile(new URL(path, ROOT)), {
      headers: { "content-type": type },
    });
  });
}

/** Every part of the library, under what `of` calls it; "" is the whole. */
function importAll(of: (part: string) => string): string {
  const names = Object.keys(config.exports).map((name) => JSON.stringify(of(name.slice(1))));
  return names.map((name) => `import ${name};\n`).join("");
}

Deno.test({
  name: "The library is imported from a checkout by its path",
  ignore: !HAS_NETWORK,
  async fn() {
    const line = BY_PATH.replaceAll("/path/to/dmacopy", CHECKOUT);
    const targets: Record<string, string> = config.exports;
    const all = importAll((part) => `${CHECKOUT}/${targets[`.${part}`]}`);
    assertEquals(await runElsewhere({ "main.ts": program(all + line) }), "7n true\n");
  },
});

Deno.test({
  name: "The library is imported from a checkout by its name",
  ignore: !HAS_NETWORK,
  async fn() {
    const files = {
      "deno.json": BY_LINK.replaceAll("/path/to/dmacopy", CHECKOUT),
      "main.ts": program(
        importAll((part) => `dmacopy${part}`) + 'import { loadFile } from "dmacopy";',
      ),
    };
    assertEquals(await runElsewhere(files), "7n true\n");
  },
});

Deno.test({
  name: "The library is imported from a server, and its shim is built",
  ignore: !HAS_NETWORK,
  async fn() {
    const scratch = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
    await using server = serveFiles();
    try {
      const url = `http://127.0.0.1:${server.addr.port}`;
      const line = BY_URL.replaceAll("https://example.org/dmacopy", url);
      const parts = ["models", "handover"].map((room) => `import "${url}/${room}/mod.ts";\n`);
      const env = { DENO_DIR: `${scratch}/deno`, XDG_CACHE_HOME: `${scratch}/cache` };
      assertEquals(
        await runElsewhere({ "main.ts": program(parts.join("") + line) }, env),
        "7n true\n",
      );
      const built = [...Deno.readDirSync(`${scratch}/cache/dmacopy`)].map(({ name }) => name);
      assertEquals(built.length, 1);
      assert(/^shim-.*\.so$/.test(built[0]!), built[0]);
    } finally {
      await Deno.remove(scratch, { recursive: true });
    }
  },
});

Deno.test("deno publish would take the library, and nothing else", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(success, text);
  const paths = [...text.matchAll(/^ +file:\/\/(\S+) \(/gm)].map(([, path]) => path!);
  const rooms = paths.map((path) => path.slice(ROOT.pathname.length).split("/")[0]!);
  assertEquals([...new Set(rooms)].sort(), [...config.publish.include, "deno.json"].sort());
  assert(paths.includes(`${ROOT.pathname}ffi/shim.c`), text);
});

Deno.test("The bench names its packages as deno.json does", async () => {
  const known: string[] = Object.values(config.imports);
  const folders = ["bench", "bench/report"];
  const files = folders.flatMap((folder) =>
    [...Deno.readDirSync(new URL(folder, ROOT))].map(({ name }) => `${folder}/${name}`)
  ).filter((path) => path.endsWith(".ts"));
  const texts = await Promise.all(files.map((path) => Deno.readTextFile(new URL(path, ROOT))));
  const named = texts.flatMap((text) => text.match(/(?<=")(?:npm|jsr):[^"]*(?=")/g) ?? []);
  assert(named.length >= 5);
  assertEquals(named.filter((name) => !known.includes(name)), []);
});
