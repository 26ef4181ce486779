// docs/dependencies.md against what is really taken.
import { assert, assertEquals } from "@std/assert";
import { dirname } from "node:path";
import config from "../deno.json" with { type: "json" };
import { hasNetwork } from "./_works.ts";

const read = (path: string) => Deno.readTextFileSync(new URL(`../${path}`, import.meta.url));
const [npm = "", debian = ""] = read("docs/dependencies.md").split("## From ").slice(1);
const RUN = read("run");
const LOCK: { specifiers: Record<string, string>; npm: Record<string, { integrity: string }> } =
  JSON.parse(read("deno.lock"));

/** The first column of the page's tables. */
function listed(section: string): string[] {
  const cells = section.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|")[1]!);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)).sort();
}

/** `npm:deno-std@1.4.0/assert/mod.js` as `deno-std@1.4.0` */
function packageOf(specifier: string): string {
  return /^npm:((?:@[^/]+\/)?[^/]+)/.exec(specifier)?.[1] ?? specifier;
}

const IMPORTS = Object.values(config.imports).filter((specifier) => !specifier.startsWith("./"));

Deno.test("docs/dependencies.md lists the packages of deno.json, and no others", () => {
  const taken = IMPORTS.filter((specifier) => specifier.startsWith("npm:")).map(packageOf);
  assertEquals(listed(npm), [...new Set(taken)].sort());
  const others = IMPORTS.filter((specifier) => !specifier.startsWith("npm:"));
  assertEquals(others, ["jsr:@cliffy/command@^1.2.0"]);
});

Deno.test("deno.json pins versions, and deno.lock hashes, which is frozen", () => {
  for (const name of listed(npm)) assert(/@\d+\.\d+\.\d+(-[\w.]+)?$/.test(name), name);
  const locked = Object.keys(LOCK.specifiers).filter((specifier) => specifier.startsWith("npm:"));
  assertEquals(locked.map(packageOf).sort(), listed(npm));
  for (const [name, { integrity }] of Object.entries(LOCK.npm)) {
    assert(integrity.startsWith("sha512-"), name);
  }
  assertEquals(config.lock.frozen, true);
});

Deno.test("docs/dependencies.md lists the Debian packages of run, and no others", () => {
  const lists = [...RUN.matchAll(/^(?!fedora|arch)\w+_packages="([^"]*)"/gm)]
    .map(([, list]) => list!);
  const more = [...RUN.matchAll(/\) install_packages (.*?) ;;/g)].map(([, list]) => list!);
  const words = [...lists, ...more].join(" ").split(/\s+/);
  const names = new Set(words.filter((word) => !word.startsWith("$")));
  assertEquals(listed(debian), [...names].sort());
});

Deno.test("docs/dependencies.md names the Deno that run installs", () => {
  const version = /^deno_version=(.*)$/m.exec(RUN)?.[1];
  assert(npm.includes(`Deno ${version}`));
  const packages = [...RUN.matchAll(/package=@deno\/linux-(\w+)-glibc integrity=\$(\w+)/g)];
  assertEquals(packages.map(([, machine]) => machine), ["x64", "arm64"]);
  for (const [, , name] of packages) {
    assert(new RegExp(`^${name}=sha512-[\\w+/]{86}==$`, "m").test(RUN), name);
  }
});

/** A registry like JSR that has one package: its answers by their paths. */
async function fakeJsr(name: string, version: string): Promise<Map<string, string>> {
  const [source, modules] = ["export {};\n", ["mod", "completions", "help"]];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(source));
  const file = { size: source.length, checksum: `sha256-${new Uint8Array(digest).toHex()}` };
  const manifest = Object.fromEntries(modules.map((module) => [`/${module}.ts`, file]));
  const exports = { ".": "./mod.ts", "./completions": "./completions.ts", "./help": "./help.ts" };
  const answers: [string, unknown][] = [
    [`/${name}/meta.json`, { versions: { [version]: {} } }],
    [`/${name}/${version}_meta.json`, { manifest, exports }],
  ];
  return new Map([
    ...answers.map(([path, document]): [string, string] => [path, JSON.stringify(document)]),
    ...modules.map((module): [string, string] => [`/${name}/${version}/${module}.ts`, source]),
  ]);
}

Deno.test({
  name: "README's steps replace the stand-in by the library from JSR",
  ignore: !hasNetwork(),
  async fn() {
    const steps = /^sed [^]*?(?=^```)/m.exec(read("README.md"))?.[0].replace(".deno/bin/", "");
    const folder = await Deno.makeTempDir();
    const answers = await fakeJsr("@cliffy/command", "1.2.9");
    await using jsr = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      ({ url }) => {
        const answer = answers.get(new URL(url).pathname);
        return new Response(answer, { status: answer === undefined ? 404 : 200 });
      },
    );
    const run = async (script: string) => {
      const { success, stderr } = await new Deno.Command("sh", {
        args: ["-ec", script],
        cwd: folder,
        env: {
          PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH")}`,
          JSR_URL: `http://127.0.0.1:${jsr.addr.port}/`,
        },
      }).output();
      assert(success, new TextDecoder().decode(stderr));
    };
    try {
      const { links: _, ...unlinked } = config as { links?: string[] };
      for (const name of ["deno.json", "deno.lock"]) {
        await Deno.writeTextFile(`${folder}/${name}`, read(name));
      }
      await run(steps ?? "");
      assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/deno.json`)), unlinked);
      await run("deno install --frozen");
      const lock = JSON.parse(await Deno.readTextFile(`${folder}/deno.lock`));
      assertEquals(lock.specifiers["jsr:@cliffy/command@^1.2.0"], "1.2.9");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
