// Debian's packages: as lintian sees them, and in clean roots of Debian 12 and 13.
import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { cacheFolder } from "../../base/cache_folder.ts";
import { buildPackage, output, succeed } from "./_build.ts";

/** `./run test:packages` installs what it takes. */
const ignore = Deno.env.get("DMACOPY_TEST_PACKAGES") !== "1";
const SCRIPT = new URL("in_root.sh", import.meta.url).pathname;
const CLIENT = new URL("../../clients/dmacopy.py", import.meta.url).pathname;
const DEB = { env: { DEBFULLNAME: "A Packager", DEBEMAIL: "packager@debian.org" } };

async function build(): Promise<string[]> {
  const main = new URL("../../packaging/deb.ts", import.meta.url).pathname;
  const text = await succeed(Deno.execPath(), ["run", "-A", main], DEB);
  return text.trim().split("\n");
}

/** A minimal root of a suite, unpacked for `action` to change. */
async function withRoot(suite: string, action: (root: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: cacheFolder("packaging"), prefix: "root-" });
  try {
    const options = ["--variant=minbase", "--include=ca-certificates", "--quiet"];
    await succeed("mmdebstrap", [...options, suite, `${folder}/root.tar`]);
    await Deno.mkdir(`${folder}/root`);
    const tar = ["--exclude=./dev/*", "-xf", `${folder}/root.tar`, "-C", `${folder}/root`];
    await succeed("tar", tar);
    await action(`${folder}/root`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a script in a root, with the devices and processes of its own namespace. */
async function runIn(root: string, script: string): Promise<string> {
  const enter = 'mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && ' +
    'mount -t tmpfs tmpfs "$0/run" && exec chroot "$0" sh "$1"';
  const args = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", enter, root, script];
  return await succeed("unshare", args);
}

Deno.test({
  name: "lintian finds no error in Debian's packages (by ./run test:packages)",
  ignore,
  async fn() {
    const packages = await build();
    const names = packages.map((path) => path.split("/").at(-1));
    const expected = ["amd64", "arm64"].map((it) => `dmacopy_${config.version}_${it}.deb`);
    assertEquals(names, expected);
    const { code, stdout, stderr } = await output("lintian", ["--fail-on=error", ...packages]);
    assertEquals(code, 0, stdout + stderr);
  },
});

for (const suite of ["bookworm", "trixie"]) {
  Deno.test({
    name: `Debian's package works in a clean root of ${suite} (by ./run test:packages)`,
    ignore,
    async fn() {
      const [deb = ""] = await buildPackage("deb", ["amd64"]);
      await withRoot(suite, async (root) => {
        await Deno.copyFile(deb, `${root}/tmp/dmacopy.deb`);
        await Deno.copyFile(SCRIPT, `${root}/tmp/in_root.sh`);
        await Deno.mkdir(`${root}/tmp/python`);
        await Deno.copyFile(CLIENT, `${root}/tmp/python/dmacopy.py`);
        await Deno.copyFile("/etc/resolv.conf", `${root}/etc/resolv.conf`);
        const lines = (await runIn(root, "/tmp/in_root.sh")).trim().split("\n");
        const expected = [`version ${config.version}`, "copied weights", "read weights"];
        assertEquals(lines.filter((line) => expected.includes(line)), expected, lines.join("\n"));
        assert(lines.includes("PermissionError"), lines.join("\n"));
        assert(suite === "bookworm" || lines.includes("rules verified"), lines.join("\n"));
        console.log(`${suite}: ${lines.find((line) => line.startsWith("exposure"))}`);
      });
    },
  });
}
