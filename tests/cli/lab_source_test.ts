// The source of a base that is downloaded, with stand-ins for Debian's tools.
import { assertEquals, assertMatch } from "@std/assert";
import { dmacopy } from "./_run.ts";

const PROGRAMS = {
  "apt-get": `
    echo "$@" >>"$LOG"
    case "$*" in
      "indextargets "*) [ -z "$NO_ARCHIVE" ] || exit 0
        printf "file:/security/\\nfile:/archive/\\n" ;;
      *" update "*) [ -z "$OFFLINE" ] || { echo "E: Could not resolve it" >&2; exit 100; } ;;
      *" download "*) for last; do :; done; echo "$last" >package.deb ;;
    esac`,
  "apt-cache": 'cat "$PACKAGES"',
  "dpkg-deb": `
    name=$(cut -d= -f1 "$2")
    mkdir -p "$3/usr/src"
    cp "$2" "$3/usr/src/$name.tar.xz"`,
};

/** An archive that has these packages, and an empty cache. */
async function archive(...packages: string[]) {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  for (const [name, text] of Object.entries(PROGRAMS)) {
    await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  const list = packages.map((line) => line.replace(/(.*) (.*)/, "Package: $1\nVersion: $2\n"));
  await Deno.writeTextFile(`${folder}/packages`, list.join("\n"));
  await Deno.writeTextFile(`${folder}/log`, "");
  const env = {
    PATH: `${folder}:${Deno.env.get("PATH")}`,
    XDG_CACHE_HOME: `${folder}/cache`,
    LOG: `${folder}/log`,
    PACKAGES: `${folder}/packages`,
    OFFLINE: "",
    NO_ARCHIVE: "",
  };
  return {
    source: (more = {}) =>
      dmacopy(["lab", "source", "--base", "7.3", "-q"], { env: { ...env, ...more } }),
    folder: `${folder}/cache/dmacopy/kernel/source/7.3`,
    kernelFolder: `${folder}/cache/dmacopy/kernel`,
    log: () => Deno.readTextFile(`${folder}/log`),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("dmacopy lab source downloads a base's package once, from its suite alone", async () => {
  await using debian = await archive(
    "linux-source-7.2 7.2.9-1~bpo13+1",
    "linux-source-7.4 7.4.1-1~bpo13+1",
    "linux-source-7.3 7.3.4-1~bpo13+1",
    "linux-source-7.3-rt 7.3.4-1~bpo13+1",
  );
  const path = `${debian.folder}/linux-source-7.3_7.3.4-1~bpo13+1.tar.xz`;
  assertEquals(await debian.source(), { code: 0, stdout: `${path}\n`, stderr: "" });
  assertEquals(await Deno.readTextFile(path), "linux-source-7.3=7.3.4-1~bpo13+1\n");
  const log = await debian.log();
  assertMatch(log, /-o Dir::Etc::SourceParts=- .* update/);
  // The lists have gone, and what is kept needs no network.
  assertEquals([...Deno.readDirSync(debian.kernelFolder)].map(({ name }) => name), ["source"]);
  assertEquals(await debian.source({ OFFLINE: "1" }), {
    code: 0,
    stdout: `${path}\n`,
    stderr: "",
  });
  assertEquals(await debian.log(), log);
});

Deno.test("dmacopy lab source takes the next newer source where the base's own has gone", async () => {
  await using debian = await archive("linux-source-7.10 7.10.1-1", "linux-source-7.4 7.4.2-1");
  const { code, stdout } = await debian.source();
  assertEquals([code, stdout], [0, `${debian.folder}/linux-source-7.4_7.4.2-1.tar.xz\n`]);
});

Deno.test("dmacopy lab source says in a line that there is no source, and why", async () => {
  await using debian = await archive("linux-source-7.2 7.2.9-1", "linux-source-8.0 8.0.1-1");
  const gone = await debian.source();
  assertMatch(
    gone.stderr,
    /^dmacopy: Debian's trixie-backports has no linux-source-7\.3 .*use another --base\n$/,
  );
  const offline = await debian.source({ OFFLINE: "1" });
  assertMatch(
    offline.stderr.split("\n")[0]!,
    /^dmacopy: Debian's trixie-backports can't be read: Could not resolve it$/,
  );
  assertEquals([gone.code, gone.stdout, offline.code, offline.stdout], [1, "", 1, ""]);
  const nowhere = await debian.source({ NO_ARCHIVE: "1" });
  assertEquals([nowhere.code, nowhere.stdout], [1, ""]);
  assertMatch(nowhere.stderr, /^dmacopy: apt knows no archive of Debian here/);
});
