import { cacheFolder } from "../../base/cache_folder.ts";
import { exists } from "../../base/exists.ts";
import { type Arch, factsOf, HOST_ARCH, toolPrefix } from "./arch.ts";
import { makeOnce, shortHash } from "./cache.ts";
import { DebianSuite } from "./debian.ts";
import { LabError } from "./error.ts";
import { run } from "./host.ts";
import type { Step } from "./source.ts";

/** What the guest is made of, and what programs for it are compiled with. */
const PACKAGES = [
  ...["busybox-static", "libgcc-s1", "libxxhash-dev", "liburing-dev"],
  ...["e2fsprogs", "mount", "btrfs-progs", "xfsprogs"],
];
/** Links of a merged /usr: packages of Debian 12 have files in both places. */
const MERGED = ["bin", "lib", "lib64", "sbin"];

/** How to compile C for a guest. */
export interface Compiler {
  command: string;
  flags: readonly string[];
}

/** The compiler of programs and libraries for guests of an architecture. */
export async function compilerFor(arch: Arch, step: Step = {}): Promise<Compiler> {
  const command = `${toolPrefix(arch)}gcc`;
  if (arch === HOST_ARCH) return { command, flags: [] };
  const root = await foreignRoot(arch, step);
  return { command, flags: [`--sysroot=${root}`, `-B${root}/usr/lib/${factsOf(arch).triplet}`] };
}

/**
 * A folder with Debian's packages of an architecture that is not this machine's, unpacked: made
 * once. They are of this machine's release, as the compiler is.
 *
 * @throws {LabError} if they can't be downloaded
 */
export async function foreignRoot(arch: Arch, { onProgress, signal }: Step = {}): Promise<string> {
  const suite = await codename();
  const key = await shortHash(JSON.stringify([suite, PACKAGES]));
  return await makeOnce(`${cacheFolder("guest")}/root${factsOf(arch).suffix}-${key}`, {
    what: `fetching Debian's packages for ${arch}`,
    onProgress,
    make: async (root) => {
      const folder = await Deno.makeTempDir({ dir: cacheFolder("guest"), prefix: "apt-" });
      try {
        const { debian } = factsOf(arch);
        const packages = await DebianSuite.open(suite, { folder, architecture: debian, signal });
        await unpack(await packages.downloadAll(PACKAGES), root, signal);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** The Deno of this version for an architecture that is not this machine's; `./run` puts it there. */
export function foreignDeno(arch: Arch): string {
  const path = new URL(`../../.deno/${arch}/deno-${Deno.version.deno}`, import.meta.url).pathname;
  if (exists(path)) return path;
  throw new LabError(`${path} is missing; "./run lab run --arch ${arch}" installs it`);
}

/** The shared libraries and the loader that programs need, as paths below a root. */
export async function foreignLibraries(
  programs: readonly string[],
  { root, arch }: { root: string; arch: Arch },
): Promise<string[]> {
  const found = new Set<string>();
  const rest = [...programs];
  for (let program; (program = rest.pop()) !== undefined;) {
    const text = await run(["readelf", "--dynamic", "--program-headers", "--wide", program]);
    const names = [...text.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name!);
    const loader = /program interpreter: (\S+)\]/.exec(text)?.[1];
    const paths = names.map((name) => `/lib/${factsOf(arch).triplet}/${name}`);
    for (const path of [...paths, ...loader ? [loader] : []]) {
      if (found.has(path)) continue;
      found.add(path);
      rest.push(root + path);
    }
  }
  return [...found].sort();
}

async function unpack(
  files: readonly string[],
  root: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const name of MERGED) {
    await Deno.mkdir(`${root}/usr/${name}`, { recursive: true });
    await Deno.symlink(`usr/${name}`, `${root}/${name}`);
  }
  for (const file of files) {
    const tarball = `${file}.tar`;
    const child = new Deno.Command("dpkg-deb", {
      args: ["--fsys-tarfile", file],
      stdout: "piped",
    }).spawn();
    await child.stdout.pipeTo((await Deno.create(tarball)).writable);
    const { success } = await child.status;
    if (!success) throw new LabError(`dpkg-deb can't read ${file}`);
    // Unlike dpkg-deb's own way this leaves the links be.
    await run(["tar", "-xf", tarball, "--keep-directory-symlink", "-C", root], { signal });
    await Deno.remove(tarball);
  }
}

/** Of this machine's release of Debian. */
async function codename(): Promise<string> {
  const name = /^VERSION_CODENAME="?(\w+)"?$/m.exec(await Deno.readTextFile("/etc/os-release"))
    ?.[1];
  if (name) return name;
  throw new LabError("/etc/os-release names no release of Debian");
}
