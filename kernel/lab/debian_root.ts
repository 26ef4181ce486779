import { cacheFolder } from "../../base/cache_folder.ts";
import { type Arch, factsOf, HOST_ARCH } from "./arch.ts";
import { makeOnce, shortHash } from "./cache.ts";
import { DebianSuite } from "./debian.ts";
import { LabError } from "./error.ts";
import { run } from "./host.ts";
import type { Step } from "./source.ts";

/** Links of a merged /usr: packages of Debian 12 have files in both places. */
const MERGED = ["bin", "lib", "lib64", "sbin"];
/** The mounts for programs that run in it. */
const MOUNT_POINTS = ["dev", "proc", "tmp"];

/** Options of {@linkcode debianRoot}. */
export interface DebianRootOptions extends Step {
  /** Debian's release, as "trixie". */
  suite: string;
  /** @default this machine's */
  arch?: Arch | undefined;
}

/**
 * A folder with packages of Debian and their dependencies, unpacked but not set up; it is made once.
 *
 * @throws {LabError} if they can't be downloaded
 */
export async function debianRoot(
  packages: readonly string[],
  { suite, arch = HOST_ARCH, onProgress, signal }: DebianRootOptions,
): Promise<string> {
  const key = await shortHash(JSON.stringify([suite, packages]));
  return await makeOnce(`${cacheFolder("guest")}/root${factsOf(arch).suffix}-${key}`, {
    what: `fetching packages of Debian's ${suite} for ${arch}`,
    onProgress,
    make: async (root) => {
      const folder = await Deno.makeTempDir({ dir: cacheFolder("guest"), prefix: "apt-" });
      try {
        const { debian } = factsOf(arch);
        const archive = await DebianSuite.open(suite, { folder, architecture: debian, signal });
        await unpack(await archive.downloadAll(packages), root, signal);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
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
  for (const name of MOUNT_POINTS) await Deno.mkdir(`${root}/${name}`);
  for (const file of files) {
    const tarball = `${file}.tar`;
    const child = new Deno.Command("dpkg-deb", {
      args: ["--fsys-tarfile", file],
      stdout: "piped",
    }).spawn();
    await child.stdout.pipeTo((await Deno.create(tarball)).writable);
    const { success } = await child.status;
    if (!success) throw new LabError(`dpkg-deb can't read ${file}`);
    // Unlike dpkg-deb's own extraction, this keeps the links.
    await run(["tar", "-xf", tarball, "--keep-directory-symlink", "-C", root], { signal });
    await Deno.remove(tarball);
  }
}
