import { cacheFolder } from "../../base/cache_folder.ts";
import { exists } from "../../base/exists.ts";
import { makeWhole } from "../../base/make_whole.ts";
import { succeed } from "./_build.ts";

/** The suites that README names. */
export const SUITES = ["bookworm", "trixie"];
/** Names of variables that deno tasks and the tests set. */
const OWN = /^(INIT_CWD|DMACOPY_\w+|DENO_\w+)$/;
const BOOT = new URL("boot.sh", import.meta.url).pathname;

/** A minimal root of a suite, packed: it is made once, and what is run in it updates itself. */
export async function packedRoot(suite: string): Promise<string> {
  const path = `${cacheFolder("packaging")}/root-${suite}.tar`;
  const options = ["--variant=minbase", "--include=ca-certificates", "--quiet", "--format=tar"];
  const make = (temporary: string) => succeed("mmdebstrap", [...options, suite, temporary]);
  if (!exists(path)) await makeWhole(path, make);
  return path;
}

/** Unpacks a minimal root of a suite for `action` to change; it knows this machine's registries. */
export async function withRoot(
  suite: string,
  action: (root: string) => Promise<void>,
): Promise<void> {
  const packed = await packedRoot(suite);
  const root = await Deno.makeTempDir({ dir: cacheFolder("packaging"), prefix: "root-" });
  try {
    await Deno.chmod(root, 0o755);
    await succeed("tar", ["--exclude=./dev/*", "-xf", packed, "-C", root]);
    for (const path of ["/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt"]) {
      if (exists(path)) await Deno.copyFile(path, `${root}${path}`);
    }
    await action(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Runs a script of this folder in a root, with the devices and processes of its own namespace. */
export async function runIn(root: string, script: string): Promise<string> {
  await copyScript(root, script);
  const mounts = 'mount --bind "$0" "$0" && cd "$0" && mount --rbind /dev dev && ' +
    "mount -t proc proc proc && mount --rbind /sys sys && mount -t tmpfs tmpfs run";
  // Variables of this run would change the tests in the root.
  const own = Object.keys(Deno.env.toObject()).filter((name) => OWN.test(name));
  const unset = own.map((name) => `--unset=${name}`).join(" ");
  const enter = `${mounts} && exec env ${unset} chroot . sh "$1"`;
  const args = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", enter, root];
  return await succeed("unshare", [...args, `/srv/${script}`]);
}

/** Has systemd run a script of this folder, as process 1 of a container over a root. */
export async function bootIn(root: string, script: string): Promise<string> {
  await copyScript(root, script);
  const group = `${await unifiedCgroups()}/dmacopy-test-${crypto.randomUUID()}`;
  const namespaces = ["--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup"];
  const args = [...namespaces, "--fork", "--kill-child", "sh", BOOT, root, `/srv/${script}`];
  const enter = 'mkdir "$0" && echo $$ >"$0/cgroup.procs" && exec unshare "$@"';
  try {
    // A container that was powered off has died by a signal.
    await new Deno.Command("sh", { args: ["-c", enter, group, ...args], stdin: "null" }).output();
    return await Deno.readTextFile(`${root}/srv/out`);
  } finally {
    await new Deno.Command("find", {
      args: [group, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"],
    }).output();
  }
}

async function copyScript(root: string, script: string): Promise<void> {
  await Deno.copyFile(new URL(script, import.meta.url), `${root}/srv/${script}`);
}

/** Where the machine has its unified hierarchy of control groups. */
async function unifiedCgroups(): Promise<string> {
  const mounts = await Deno.readTextFile("/proc/self/mounts");
  const [, path] = /^\S+ (\S+) cgroup2 /m.exec(mounts) ?? [];
  if (path === undefined) throw new Error("no cgroup2 is mounted here, which systemd needs");
  return path;
}
