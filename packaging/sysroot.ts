import { cacheFolder } from "../base/cache_folder.ts";
import { exists } from "../base/exists.ts";
import { makeWhole } from "../base/make_whole.ts";
import { DebianSuite, LabError, run } from "../kernel/lab/mod.ts";
import { type Machine, MACHINES } from "./machine.ts";

/** The oldest Debian that the package supports: programs linked there run on newer ones. */
const SUITE = "bookworm";
const PACKAGES = ["libc6", "libc6-dev", "linux-libc-dev", "liburing-dev", "libxxhash-dev"];

/**
 * A folder with the headers and libraries for compiling the shim; it is downloaded once and kept.
 *
 * @throws {LabError} if Debian's archive can't be read
 */
export async function sysroot(machine: Machine): Promise<string> {
  const root = `${cacheFolder("packaging")}/${SUITE}-${machine}`;
  if (!exists(root)) await makeWhole(root, (temporary) => download(machine, temporary));
  return root;
}

async function download(architecture: Machine, root: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-apt-" });
  try {
    const suite = await DebianSuite.open(SUITE, { folder, architecture });
    const found = await suite.find(new RegExp(`^(${PACKAGES.join("|")})$`));
    if (found.length !== PACKAGES.length) throw new LabError(`${SUITE} lacks ${PACKAGES}`);
    for (const each of found) await run(["dpkg-deb", "-x", await suite.download(each), root]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The flags that make a cross-compiler use a {@linkcode sysroot}. */
export function sysrootFlags(machine: Machine, root: string): string[] {
  const { triplet } = MACHINES[machine];
  return [
    `--sysroot=${root}`,
    ...["-isystem", `${root}/usr/include/${triplet}`],
    `-B${root}/usr/lib/${triplet}/`,
    `-L${root}/usr/lib/${triplet}`,
  ];
}
