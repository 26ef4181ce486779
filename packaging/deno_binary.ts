import { LabError, run } from "../kernel/lab/mod.ts";
import { type Machine, MACHINES } from "./machine.ts";

const LAUNCHER = new URL("../run", import.meta.url);

/**
 * Gets the Deno of this version for a machine, from npm's registry, as the file `deno` in a folder.
 *
 * @throws {LabError} if its hash is not the one in `run`
 */
export async function fetchDeno(machine: Machine, folder: string): Promise<void> {
  const { npm } = MACHINES[machine];
  const name = `@deno/linux-${npm}-glibc@${Deno.version.deno}`;
  const work = await Deno.makeTempDir({ dir: folder, prefix: "npm-" });
  try {
    const tarball = (await run(["npm", "pack", "--silent", name], { cwd: work })).trim();
    const digest = await crypto.subtle.digest("SHA-512", await Deno.readFile(`${work}/${tarball}`));
    const hash = `sha512-${new Uint8Array(digest).toBase64()}`;
    if (hash !== await knownHash(npm)) {
      throw new LabError(`npm delivered ${name} with an unknown hash: don't use it`);
    }
    await run(["tar", "-xzf", tarball, "-C", folder, "--strip-components=1", "package/deno"], {
      cwd: work,
    });
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function knownHash(npm: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(LAUNCHER);
  return new RegExp(`^integrity_${npm}=(\\S+)$`, "m").exec(text)?.[1];
}
