import { exists } from "../../base/exists.ts";
import { type Arch, factsOf, HOST_ARCH, toolPrefix } from "./arch.ts";
import { debianRoot } from "./debian_root.ts";
import { LabError } from "./error.ts";
import { run } from "./host.ts";
import type { Step } from "./source.ts";

/** The packages for the guest, and for compiling programs for it. */
const PACKAGES = [
  ...["busybox-static", "libgcc-s1", "libxxhash-dev", "liburing-dev"],
  ...["e2fsprogs", "mount", "btrfs-progs", "xfsprogs"],
];

/** The compiler of C for a guest. */
export interface Compiler {
  command: string;
  flags: readonly string[];
}

/** The compiler of programs and libraries for guests of an architecture. */
export async function compilerFor(arch: Arch, step: Step = {}): Promise<Compiler> {
  if (arch === HOST_ARCH) return { command: `${toolPrefix(arch)}gcc`, flags: [] };
  return compilerIn(await foreignRoot(arch, step), arch);
}

/** The compiler of programs that run in a {@linkcode debianRoot}. */
export function compilerIn(root: string, arch: Arch): Compiler {
  const flags = [`--sysroot=${root}`, `-B${root}/usr/lib/${factsOf(arch).triplet}`];
  return { command: `${toolPrefix(arch)}gcc`, flags };
}

/**
 * A folder with unpacked Debian packages of another architecture, which is made once. They have this
 * machine's release, like the compiler.
 *
 * @throws {LabError} if they can't be downloaded
 */
export async function foreignRoot(arch: Arch, { onProgress, signal }: Step = {}): Promise<string> {
  return await debianRoot(PACKAGES, { suite: await codename(), arch, onProgress, signal });
}

/** The Deno of this version for an architecture; `./run` puts those of others there. */
export function denoOf(arch: Arch): string {
  if (arch === HOST_ARCH) return Deno.execPath();
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

/** The name of this machine's release of Debian. */
export async function codename(): Promise<string> {
  const name = /^VERSION_CODENAME="?(\w+)"?$/m.exec(await Deno.readTextFile("/etc/os-release"))
    ?.[1];
  if (name) return name;
  throw new LabError("/etc/os-release names no release of Debian");
}
