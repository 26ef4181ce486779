// docs/dependencies.md against what is really taken.
import { assert, assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };

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

const IMPORTS = Object.values(config.imports);

Deno.test("docs/dependencies.md lists the packages of deno.json, and no others", () => {
  const taken = IMPORTS.filter((specifier) => specifier.startsWith("npm:")).map(packageOf);
  assertEquals(listed(npm), taken.sort());
  const others = IMPORTS.filter((specifier) => !specifier.startsWith("npm:"));
  assertEquals(others, ["jsr:@cliffy/command@^1.2.0"]);
  assertEquals(config.links, ["./cli/cliffy"]);
});

Deno.test("deno.json pins versions, and deno.lock hashes, which is frozen", () => {
  for (const name of listed(npm)) assert(/@\d+\.\d+\.\d+$/.test(name), name);
  assertEquals(Object.keys(LOCK.specifiers).map(packageOf).sort(), listed(npm));
  for (const [name, { integrity }] of Object.entries(LOCK.npm)) {
    assert(integrity.startsWith("sha512-"), name);
  }
  assertEquals(config.lock.frozen, true);
});

Deno.test("docs/dependencies.md lists the Debian packages of run, and no others", () => {
  const lists = [...RUN.matchAll(/^\w+_packages="([^"]*)"/gm)].map(([, list]) => list!);
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
