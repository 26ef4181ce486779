import { exists } from "../../base/exists.ts";
import { ifThere } from "../../base/if_there.ts";
import { writeWhole } from "../../base/write_whole.ts";
import { type Arch, factsOf } from "./arch.ts";
import { type Base, BASES, bases } from "./bases.ts";
import { LabError } from "./error.ts";
import { makeRoom, run } from "./host.ts";
import { applyPatches, type Patch, touchedFiles } from "./patches.ts";
import type { Source, Step } from "./source.ts";

/** The project's series of patches, by the folder's name below `kernel/`. */
export type Series = "series" | "series-rw-iter";

/** The bases of each series: the alternative exists only for measurements. */
const SERIES_BASES: Record<Series, readonly Base[]> = {
  "series": bases,
  "series-rw-iter": ["6.12"],
};

/** Whether a series is written for a base. */
export function isFor(series: Series, base: Base): boolean {
  return SERIES_BASES[series].includes(base);
}

/** The folder of a series' patches. */
export function seriesFolder(series: Series): URL {
  return new URL(`../${series}/`, import.meta.url);
}

/**
 * The configuration that every kernel of a base has on an architecture, and more fragments. A later
 * line overrides an earlier one.
 */
export async function readConfig(
  { base, arch }: { base: Base; arch: Arch },
  more: readonly string[] = [],
): Promise<string> {
  const files = ["config", BASES[base].fragment, factsOf(arch).fragment ?? [], ...more].flat();
  const texts = files.map((name) => Deno.readTextFile(new URL(`./${name}`, import.meta.url)));
  return (await Promise.all(texts)).join("\n");
}

/** The work tree, unpacked again if the source package has changed. */
export async function unpack(
  { base, tarball, name, id }: Source,
  work: string,
  { onProgress, signal }: Step,
): Promise<string> {
  const tree = `${work}/tree`;
  const stamp = `${tree}/.dmacopy-source`;
  if (textOrNull(stamp) === id) return tree;
  const { treeBytes, buildMinutes } = BASES[base];
  const gib = (treeBytes / 2 ** 30).toFixed(1);
  onProgress?.({
    what:
      `unpacking ${name}, to build a kernel: about ${buildMinutes} minutes on two idle cores, ` +
      `${gib} GiB in the cache (bench --host measures this machine's kernel and needs neither)`,
  });
  await removeTree(tree);
  await removeTree(`${work}/pristine`);
  await checkRoom(work, treeBytes);
  await Deno.mkdir(tree);
  const tar = ["tar", "-xf", tarball, "-I", "xz -T0", "--strip-components=1", "-C", tree];
  await run(tar, { signal });
  await Deno.writeTextFile(stamp, id);
  return tree;
}

/** tar would continue for a minute on a full disk. */
async function checkRoom(work: string, treeBytes: number): Promise<void> {
  const df = await run(["df", "--output=avail", "--block-size=1", work]);
  const free = Number(df.trim().split("\n").at(-1));
  if (free >= treeBytes) return;
  const [needed, left] = [treeBytes, free].map((bytes) => (bytes / 2 ** 30).toFixed(1));
  throw new LabError(
    `a kernel takes ${needed} GiB, and only ${left} GiB are free: ${makeRoom()}`,
  );
}

async function removeTree(path: string): Promise<void> {
  if (exists(path)) await Deno.remove(path, { recursive: true });
}

/**
 * Brings the files that any patch touches, now or in an earlier build, to their state after `patches`.
 * Files with the right content keep their time stamps, so that make does not rebuild them.
 */
export async function syncPatchedFiles(
  patches: Patch[],
  { work, tree }: { work: string; tree: string },
): Promise<void> {
  const pristine = `${work}/pristine`;
  const files = await keepPristine([...new Set(patches.flatMap(touchedFiles))], { pristine, tree });
  const scratch = await Deno.makeTempDir({ dir: work, prefix: "scratch-" });
  try {
    for (const file of files) await copyIfThere(`${pristine}/${file}`, `${scratch}/${file}`);
    await applyPatches(patches, { folder: scratch, source: await sourceName(tree) });
    for (const file of files) await sync(`${scratch}/${file}`, `${tree}/${file}`);
  } finally {
    await removeTree(scratch);
  }
}

/**
 * Copies files that no earlier build has patched out of the tree, and returns these and all the
 * others kept so far. A file that a patch creates has no copy, only its name in the list.
 */
async function keepPristine(
  files: string[],
  { pristine, tree }: { pristine: string; tree: string },
): Promise<string[]> {
  const list = `${pristine}/.files`;
  const kept = (textOrNull(list) ?? "").split("\n").filter(Boolean);
  const fresh = files.filter((file) => !kept.includes(file));
  for (const file of fresh) await copyIfThere(`${tree}/${file}`, `${pristine}/${file}`);
  const all = [...kept, ...fresh];
  await Deno.mkdir(pristine, { recursive: true });
  writeWhole(list, all.join("\n"));
  return all;
}

async function copyIfThere(from: string, to: string): Promise<void> {
  if (!exists(from)) return;
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(from, to);
}

async function sync(from: string, to: string): Promise<void> {
  const wanted = textOrNull(from);
  if (wanted === textOrNull(to)) return;
  if (wanted === null) return await Deno.remove(to);
  await Deno.writeTextFile(to, wanted);
}

function textOrNull(path: string): string | null {
  return ifThere(() => Deno.readTextFileSync(path));
}

/** The version in a tree's Makefile. */
export async function sourceName(tree: string): Promise<string> {
  const makefile = await Deno.readTextFile(`${tree}/Makefile`);
  const field = (name: string) => makefile.match(new RegExp(`^${name} = (\\d+)$`, "m"))?.[1];
  return `Linux ${["VERSION", "PATCHLEVEL", "SUBLEVEL"].map(field).join(".")}`;
}

/** Options of {@linkcode configureTree}. */
export interface ConfigureOptions {
  /** The lines that differ from `allnoconfig`. */
  config: string;
  /** The path where make reads them. */
  fragment: string;
  /** Arguments for make. */
  make?: readonly string[];
  signal?: AbortSignal | undefined;
}

/** Writes the `.config` of a tree. */
export async function configureTree(tree: string, options: ConfigureOptions): Promise<void> {
  const { config, fragment, make = [], signal } = options;
  await Deno.writeTextFile(fragment, config);
  const env = { KCONFIG_ALLCONFIG: fragment };
  await run(["make", "-s", "-C", tree, ...make, "allnoconfig"], { env, signal });
}

/** The lines of a fragment that a finished `.config` does not agree with. */
export function ignoredOptions(fragment: string, config: string): string[] {
  const lines = new Set(config.split("\n"));
  const wanted = new Map<string, string>();
  for (const line of fragment.split("\n")) {
    const name = /^(?:# )?(CONFIG_\w+)(?:=| is not set$)/.exec(line)?.[1];
    if (name) wanted.set(name, line);
  }
  return [...wanted].filter(([name, line]) =>
    line.startsWith("#") ? config.includes(`\n${name}=`) : !lines.has(line)
  ).map(([, line]) => line);
}
