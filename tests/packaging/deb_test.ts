// Debian's packages: as lintian sees them, and in clean roots of Debian 12 and 13, with systemd as
// process 1 in a container.
import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { buildPackage, output, succeed } from "./_build.ts";
import { serveFromContainer } from "./_container.ts";
import { bootIn, runIn, SUITES, withRoot } from "./_roots.ts";

/** `./run test:packages` installs what it takes. */
const ignore = Deno.env.get("DMACOPY_TEST_PACKAGES") !== "1";
const CLIENT = new URL("../../clients/python", import.meta.url).pathname;
const MAINTAINER = { env: { DEBFULLNAME: "A Packager", DEBEMAIL: "packager@debian.org" } };

let built: Promise<string[]> | undefined;
/** The packages for both machines: they are built once. */
const packages = () => built ??= buildPackage("deb", MAINTAINER);

Deno.test({
  name: "lintian finds no error in Debian's packages (by ./run test:packages)",
  ignore,
  async fn() {
    const paths = await packages();
    const names = paths.map((path) => path.split("/").at(-1));
    const expected = ["amd64", "arm64"].map((it) => `dmacopy_${config.version}_${it}.deb`);
    assertEquals(names, expected);
    const { code, stdout, stderr } = await output("lintian", ["--fail-on=error", ...paths]);
    assertEquals(code, 0, stdout + stderr);
  },
});

/** The package for this machine. */
async function packageHere(): Promise<string> {
  const machine = (await succeed("dpkg", ["--print-architecture"])).trim();
  const path = (await packages()).find((path) => path.endsWith(`_${machine}.deb`));
  assert(path !== undefined, machine);
  return path;
}

Deno.test({
  name: "A container with the package serves a client outside of it (by ./run test:packages)",
  ignore,
  fn: async () => await serveFromContainer(await packageHere()),
});

/** The messages of the service, line by line, as patterns. */
const SERVICE = [
  "socket 660 dmacopy dmacopy",
  "before inactive",
  "read weights",
  "after active",
  "StatusText=serving 8 B at /run/dmacopy/m.sock",
  "PermissionError",
  "stopped inactive success",
  "read weights",
  "again active",
  "socket gone",
  "dmacopy: .*/srv/none.*",
  "none failed",
];

for (const suite of SUITES) {
  Deno.test({
    name:
      `Debian's package and its service work in a clean root of ${suite} (by ./run test:packages)`,
    ignore,
    async fn() {
      const deb = await packageHere();
      await withRoot(suite, async (root) => {
        await Deno.copyFile(deb, `${root}/srv/dmacopy.deb`);
        await succeed("cp", ["-r", CLIENT, `${root}/srv/python`]);
        const lines = (await runIn(root, "in_root.sh")).trim().split("\n");
        const exposure = lines.find((line) => line.startsWith("exposure"));
        const verified = suite === "bookworm" ? [] : ["rules verified"];
        const expected = [`version ${config.version}`, "copied weights", exposure, ...verified];
        assertEquals(lines, expected);
        console.log(`${suite}: ${exposure}`);
        const out = await bootIn(root, "service_in_root.sh");
        const told = out.trim().split("\n");
        const matches = (line: string, i: number) => new RegExp(`^${SERVICE[i]}$`).test(line);
        assert(told.length === SERVICE.length && told.every(matches), out);
      });
    },
  });
}
