import { assertEquals } from "@std/assert";
import { parsePackages } from "../../../kernel/lab/debian.ts";
import { candidates } from "../../../kernel/lab/source.ts";

Deno.test("candidates() are the package and those that take its place, the nearest first", () => {
  const found = ["7.10", "7.4", "7.2", "8.0", "7.3"].map((release) => ({
    name: `linux-source-${release}`,
    version: `${release}.1-1`,
  }));
  const names = candidates("linux-source-7.3", found).map(({ name }) => name);
  assertEquals(names, ["linux-source-7.3", "linux-source-7.4", "linux-source-7.10"]);
});

Deno.test("parsePackages() reads names and versions, the first of several", () => {
  const text = "Package: a\nVersion: 2-1\nDepends: b\nDescription: Package: x\n\n" +
    "Package: b\nVersion: 1:3\n\nPackage: a\nVersion: 1-1\n\n";
  assertEquals(parsePackages(text), [{ name: "a", version: "2-1" }, { name: "b", version: "1:3" }]);
});
