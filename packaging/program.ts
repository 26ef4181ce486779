import { describeCommit } from "../bench/mod.ts";
import { bundle } from "../kernel/lab/mod.ts";
import config from "../deno.json" with { type: "json" };
import { thirdParties } from "./third_parties.ts";

const ROOT = new URL("../", import.meta.url);

/** The version that is packaged. */
export const VERSION: string = config.version;

/**
 * Writes the common files of all packages into a folder: the command line in one file, its launcher,
 * which knows the commit, and the licences.
 *
 * @param launcher The launcher's template, by its path in `packaging/`.
 */
export async function stageProgram(
  { folder, launcher }: { folder: string; launcher: string },
): Promise<void> {
  await bundle(new URL("cli/main.ts", ROOT).pathname, `${folder}/dmacopy.js`);
  const template = await Deno.readTextFile(new URL(launcher, import.meta.url));
  const commit = await describeCommit() ?? `v${VERSION}`;
  await Deno.writeTextFile(`${folder}/dmacopy`, template.replace("@COMMIT@", commit));
  await Deno.chmod(`${folder}/dmacopy`, 0o755);
  await Deno.copyFile(new URL("LICENSE", ROOT), `${folder}/LICENSE`);
  await Deno.writeTextFile(`${folder}/THIRD-PARTY`, await thirdParties());
}

/** The folder that packages are written to. */
export async function outputFolder(): Promise<string> {
  const folder = new URL("dist/", ROOT).pathname;
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}
