import { cacheFolder } from "../../base/cache_folder.ts";
import { V8_FLAGS } from "../../base/v8_flags.ts";
import { type Arch, HOST_ARCH } from "./arch.ts";
import { makeOnce, type OnProgress, shortHash } from "./cache.ts";
import { denoOf, foreignLibraries, foreignRoot } from "./foreign.ts";
import { run } from "./host.ts";
import { LabError } from "./error.ts";
import type { Step } from "./source.ts";

const INIT = new URL("./init", import.meta.url);
const BUSYBOX = "/bin/busybox";
const FOLDERS = ["bin", "etc", "proc", "sys", "dev", "tmp", "data", "job"];
const MIB = 2 ** 20;

/** Scripts in the guest's `/bin`. The job brings the bundled command line as `/job/dmacopy.js`. */
const SCRIPTS = {
  dmacopy: `#!/bin/sh\nexec deno run -A --no-remote --v8-flags=${V8_FLAGS} ` +
    '/job/dmacopy.js "$@"\n',
};

/** Options of {@linkcode systemImage}. */
export interface SystemOptions {
  /** @default this machine's */
  arch?: Arch | undefined;
  /** Shared objects that jobs load: the image gets the libraries that they need. */
  libraries?: string[];
  /** Programs for the image's `/bin`; they come before busybox's of the same name. */
  programs?: readonly string[];
  /** Folders of this machine that the image gets, by their names in its `/`. */
  folders?: Readonly<Record<string, string>>;
  onProgress?: OnProgress | undefined;
}

/**
 * The guest's root disk: busybox, this Deno with the libraries it needs, and the lab's init. An
 * ext4 image, mounted read-only, made once and cached under a hash of its content.
 */
export async function systemImage(options: SystemOptions = {}): Promise<string> {
  const { arch = HOST_ARCH, onProgress } = options;
  const from = arch === HOST_ARCH ? HOST : await foreignOrigin(arch, { onProgress });
  const programs = [...options.programs ?? []].sort().map((program) => from.root + program);
  const { deno, busybox } = from;
  const libraries = await from.libraries([deno, ...programs, ...options.libraries ?? []]);
  const init = await Deno.readTextFile(INIT);
  const stamps = await Promise.all(
    [deno, busybox, ...programs, ...libraries.map((path) => from.root + path)].map(stamp),
  );
  const folders = options.folders ?? {};
  const given = await Promise.all(
    Object.entries(folders).map(async ([name, path]) => [name, await stamp(path)]),
  );
  const key = await shortHash(
    JSON.stringify([init, SCRIPTS, FOLDERS, stamps, ...(given.length > 0 ? [given] : [])]),
  );
  return await makeOnce(`${cacheFolder("guest")}/system-${key}.img`, {
    what: "making the guest's system disk",
    onProgress,
    make: async (image) => {
      const root = await Deno.makeTempDir({ prefix: "dmacopy-system-" });
      try {
        await fillRoot(root, { init, from, programs, libraries });
        for (const [name, path] of Object.entries(folders)) {
          await run(["cp", "--recursive", "--no-dereference", path, `${root}/${name}`]);
        }
        await makeExt4(image, { root, slackBytes: 16 * MIB, features: "^has_journal" });
      } finally {
        await Deno.remove(root, { recursive: true });
      }
    },
  });
}

/** The source of the guest's programs and libraries. */
interface Origin {
  /** The root of their paths; empty for this machine's. */
  root: string;
  deno: string;
  busybox: string;
  /** Finds the libraries and the loader that programs need, as paths below the root. */
  libraries(programs: string[]): Promise<string[]>;
}

const HOST: Origin = {
  root: "",
  deno: Deno.execPath(),
  busybox: BUSYBOX,
  libraries: neededLibraries,
};

async function foreignOrigin(arch: Arch, step: Step): Promise<Origin> {
  const root = await foreignRoot(arch, step);
  return {
    root,
    deno: denoOf(arch),
    busybox: root + BUSYBOX,
    libraries: (programs) => foreignLibraries(programs, { root, arch }),
  };
}

async function stamp(path: string): Promise<string> {
  try {
    const { size, mtime } = await Deno.stat(path);
    return `${path} ${size} ${mtime?.getTime()}`;
  } catch (cause) {
    throw new LabError(`${path} is missing; "./run lab" installs what the lab needs`, { cause });
  }
}

/** The shared libraries and the loader that programs need, as `ldd` finds them. */
async function neededLibraries(programs: string[]): Promise<string[]> {
  const output = await run(["ldd", ...programs]);
  const paths = [...output.matchAll(/^\t(?:\S+ => )?(\/\S+) \(0x/gm)].map(([, path]) => path!);
  return [...new Set(paths)].sort();
}

async function fillRoot(
  root: string,
  { init, from, programs, libraries }: Record<"programs" | "libraries", string[]> & {
    init: string;
    from: Origin;
  },
): Promise<void> {
  await Deno.chmod(root, 0o755);
  for (const folder of FOLDERS) await Deno.mkdir(`${root}/${folder}`);
  await Deno.writeTextFile(`${root}/init`, init, { mode: 0o755 });
  await Deno.writeTextFile(`${root}/etc/passwd`, "root:x:0:0:root:/tmp:/bin/sh\n");
  await Deno.writeTextFile(`${root}/etc/group`, "root:x:0:\n");
  await Deno.copyFile(from.busybox, `${root}/bin/busybox`);
  // The features come from this machine's mke2fs, which has the same release: a foreign one can't run here.
  const applets = (await run([BUSYBOX, "--list"])).trim().split("\n");
  for (const applet of applets.filter((name) => name !== "busybox")) {
    await Deno.symlink("busybox", `${root}/bin/${applet}`);
  }
  await Deno.copyFile(from.deno, `${root}/bin/deno`);
  for (const program of programs) {
    const path = `${root}/bin/${program.split("/").at(-1)}`;
    await Deno.remove(path).catch(() => {});
    await Deno.copyFile(program, path);
  }
  for (const [name, text] of Object.entries(SCRIPTS)) {
    await Deno.writeTextFile(`${root}/bin/${name}`, text, { mode: 0o755 });
  }
  for (const library of libraries) {
    await Deno.mkdir(root + library.slice(0, library.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(from.root + library, root + library);
  }
}

/** Options of {@linkcode makeExt4}. */
export interface Ext4Options {
  /** The folder whose content the filesystem gets. */
  root: string;
  /** Free space beyond that content, in bytes. */
  slackBytes: number;
  /** Features for mke2fs's `-O`. */
  features?: string;
}

/** Makes an ext4 image from a folder; needs neither root nor a loop device. */
export async function makeExt4(image: string, options: Ext4Options): Promise<void> {
  const bytes = parseInt(await run(["du", "-s", "--block-size=1", options.root]));
  // It includes space for ext4's own data: inode tables, groups and the journal.
  const mebibytes = Math.ceil((bytes * 1.03 + options.slackBytes) / MIB) + 16;
  // Nothing may be initialised lazily, as a kernel thread would do it during measurements.
  const extended = "lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0";
  await run([
    ...["mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-E", extended],
    ...(options.features ? ["-O", options.features] : []),
    ...["-d", options.root, image, `${mebibytes}M`],
  ], { env: { PATH: `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin` } });
}
