import { cacheFolder } from "../../base/cache_folder.ts";
import { type Arch, factsOf, HOST_ARCH, toolPrefix } from "./arch.ts";
import { type Base, DEFAULT_BASE } from "./bases.ts";
import { shortHash, withLock } from "./cache.ts";
import { LabError } from "./error.ts";
import { run } from "./host.ts";
import { type Patch, readSeries } from "./patches.ts";
import { findSource, type Source, type Step } from "./source.ts";
import { isFor, readConfig, seriesFolder, syncPatchedFiles, unpack } from "./tree.ts";
import { fragmentsOf, isOf, seriesOf, type Variant } from "./variants.ts";

const INSTRUMENTS = new URL("./patches/", import.meta.url);

/** The choice of a lab kernel. */
export interface KernelChoice {
  /** @default "6.12" */
  base?: Base | undefined;
  /** @default "patched" */
  variant?: Variant | undefined;
  /** @default this machine's */
  arch?: Arch | undefined;
}

/** All inputs of a kernel. */
export interface Recipe {
  arch: Arch;
  variant: Variant;
  source: Source;
  patches: Patch[];
  config: string;
  /** Base, variant and architecture, as in names of files. */
  name: string;
  /** A hash of the recipe's content, the source and the compiler. */
  key: string;
}

/** The recipe of a kernel; it downloads the source if necessary. */
export async function readRecipe(
  { base = DEFAULT_BASE, variant = "patched", arch = HOST_ARCH }: KernelChoice,
  step: Step = {},
): Promise<Recipe> {
  const series = seriesOf(variant);
  if (series && !isFor(series, base)) {
    throw new LabError(`the ${variant} kernel is not for --base ${base}: kernel/${series} is not`);
  }
  if (!isOf(arch, variant)) {
    throw new LabError(`${arch} has no ${variant} kernel: name another --arch`);
  }
  const source = await findSource(base, step);
  const patches = [
    ...await readSeries(INSTRUMENTS, { base, arch, label: "kernel/lab/patches" }),
    ...(series ? await readSeries(seriesFolder(series), { base, label: `kernel/${series}` }) : []),
  ];
  const config = await readConfig({ base, arch }, fragmentsOf(variant, arch));
  const key = await shortHash(
    JSON.stringify([source.id, patches, config, await compilerId(arch)]),
  );
  const name = `${base}-${variant}${factsOf(arch).suffix}`;
  return { arch, variant, source, patches, config, name, key };
}

async function compilerId(arch: Arch): Promise<string> {
  return (await run([`${toolPrefix(arch)}gcc`, "--version"])).split("\n")[0]!;
}

/** The folder in which a variant's kernels are built. */
export interface Workplace {
  work: string;
  /** The source with the variant's patches. */
  tree: string;
}

/**
 * Runs an action in a variant's work tree, which is locked meanwhile.
 *
 * Each variant has its own tree, so that a changed patch compiles few files. With one tree for all, each
 * switch would compile nearly everything, as the series changes `fs.h`.
 */
export async function inTree<T>(
  { arch, source, variant, name, patches }: Recipe,
  step: Step,
  action: (place: Workplace) => Promise<T>,
): Promise<T> {
  const work = cacheFolder("kernel", source.base, variant + factsOf(arch).suffix);
  return await withLock(`${work}/lock`, {
    onWait: () => step.onProgress?.({ what: `waiting for another build of the ${name} kernel` }),
    action: async () => {
      const tree = await unpack(source, work, step);
      await syncPatchedFiles(patches, { work, tree });
      return await action({ work, tree });
    },
  });
}
