import { cacheFolder } from "../../base/cache_folder.ts";
import {
  type Arch,
  codename,
  debianRoot,
  denoOf,
  makeExt4,
  makeOnce,
  type OnProgress,
  run,
  shortHash,
} from "../../kernel/lab/mod.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The packages of programs that the unit tests start, and of the shim's build. */
const PACKAGES = [
  ...["bash", "bash-completion", "coreutils", "dash", "diffutils", "findutils", "gawk", "grep"],
  ...["gcc", "libc6-dev", "libxxhash-dev", "liburing-dev", "patch", "sed", "tar", "xz-utils"],
  ...["bsdutils", "mount", "procps", "util-linux", "git", "groff", "man-db", "python3"],
  ...["e2fsprogs", "make", "pkg-config"],
];
/** The links and files that Debian's packages make only when they are configured. */
const LINKS = { "usr/bin/cc": "gcc", "usr/bin/awk": "gawk" };
const FILES = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n",
  "etc/group": "root:x:0:\nnogroup:x:65534:\n",
  "etc/hosts": "127.0.0.1 localhost\n",
};
const FOLDERS = ["dev", "proc", "sys", "job", "tmp", "root", "var/tmp"];
const SLACK_BYTES = 3 * 2 ** 30;

/**
 * Makes a disk with a Debian of an architecture: its packages, as apt unpacks them, this Deno with
 * the modules that `deno.lock` names at `/deno`, and this tree at `/dmacopy`.
 */
export async function makeDebianDisk(
  image: string,
  { arch, onProgress, signal }: { arch: Arch; onProgress: OnProgress; signal: AbortSignal },
): Promise<void> {
  const suite = await codename();
  const packages = await debianRoot(PACKAGES, { suite, arch, onProgress, signal });
  const modules = await modulesFor(arch, onProgress);
  onProgress({ what: "making a disk with Debian and this tree" });
  // Beside the packages, so that these are linked.
  const root = await Deno.makeTempDir({ dir: cacheFolder("guest"), prefix: "debian-" });
  try {
    await run(["cp", "-al", `${packages}/.`, root], { signal });
    for (const folder of FOLDERS) await Deno.mkdir(`${root}/${folder}`, { recursive: true });
    await Deno.chmod(`${root}/tmp`, 0o1777);
    for (const [link, target] of Object.entries(LINKS)) await replace(`${root}/${link}`, target);
    for (const [name, text] of Object.entries(FILES)) {
      await Deno.writeTextFile(`${root}/${name}`, text);
    }
    await run(["cp", "-r", modules, `${root}/deno`], { signal });
    await copyTree(`${root}/dmacopy`, signal);
    await Deno.mkdir(`${root}/dmacopy/.deno/bin`, { recursive: true });
    await Deno.copyFile(denoOf(arch), `${root}/dmacopy/.deno/bin/deno`);
    // ./run notes the packages that it has fetched.
    await Deno.copyFile(`${ROOT}deno.lock`, `${root}/dmacopy/.deno/modules`);
    await makeExt4(image, { root, slackBytes: SLACK_BYTES });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function replace(link: string, target: string): Promise<void> {
  await Deno.remove(link).catch(() => {});
  await Deno.symlink(target, link);
}

/** All that git knows or may come to know, with its history's names, which tests ask for. */
async function copyTree(to: string, signal: AbortSignal): Promise<void> {
  const list = ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"];
  const files = (await run(list, { signal })).split("\n").filter(Boolean);
  await Deno.mkdir(to);
  const names = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(names, files.join("\n"));
    const script = 'tar -C "$1" -c -T "$2" | tar -C "$3" -x';
    await run(["sh", "-c", script, "sh", ROOT, names, to], { signal });
  } finally {
    await Deno.remove(names);
  }
}

/** Deno's cache with the modules that `deno.lock` names, some of which are compiled. */
async function modulesFor(arch: Arch, onProgress: OnProgress): Promise<string> {
  const key = await shortHash(await Deno.readTextFile(`${ROOT}deno.lock`) + arch);
  return await makeOnce(`${cacheFolder("guest")}/modules-${key}`, {
    what: `fetching the packages that deno.lock names, for ${arch}`,
    onProgress,
    make: async (folder) => {
      const cpu = arch === "arm64" ? "arm64" : "x64";
      const install = ["install", "--frozen", "--quiet", "--os", "linux", "--arch", cpu];
      await run([Deno.execPath(), ...install], { cwd: ROOT, env: { DENO_DIR: folder } });
    },
  });
}
