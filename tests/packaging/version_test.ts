import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };

const read = (path: string) => Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));

Deno.test("Everything that states the version states the same", () => {
  const stated = {
    debian: /^dmacopy \((.*)\)/.exec(read("packaging/debian/changelog"))?.[1],
    citation: /^version: (.*)$/m.exec(read("CITATION.cff"))?.[1],
    python: /^version = "(.*)"$/m.exec(read("clients/python/pyproject.toml"))?.[1],
    pkgConfig: /^Version: (.*)$/m.exec(read("clients/c/dmacopy.pc"))?.[1],
    readme: [...read("README.md").matchAll(/dist\/dmacopy[-_](\d+\.\d+\.\d+)/g)].map(([, it]) =>
      it
    ),
  };
  const { version } = config;
  const expected = { debian: version, citation: version, python: version, pkgConfig: version };
  assertEquals(stated, { ...expected, readme: [version, version] });
});
