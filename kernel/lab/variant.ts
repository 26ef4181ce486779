import { cacheFolder } from "../../base/cache_folder.ts";
import { type Base, DEFAULT_BASE } from "./bases.ts";
import { shortHash, withLock } from "./cache.ts";
import { LabError } from "./error.ts";
import { run } from "./host.ts";
import { type Patch, readSeries } from "./patches.ts";
import { findSource, type Source, type Step } from "./source.ts";
import { isFor, readConfig, seriesFolder, syncPatchedFiles, unpack } from "./tree.ts";
import { seriesOf, type Variant, VARIANTS } from "./variants.ts";

const INSTRUMENTS = new URL("./patches/", import.meta.url);

/** Which of the lab's kernels. */
export interface KernelChoice {
  /** @default "6.12" */
  base?: Base | undefined;
  /** @default "patched" */
  variant?: Variant | undefined;
}

/** All that a kernel is made from. */
export interface Recipe {
  variant: Variant;
  source: Source;
  patches: Patch[];
  config: string;
  /** Base and variant, as in names of files. */
  name: string;
  /** Tells this recipe from any other, by its content, the source's and the compiler's. */
  key: string;
}

/** The recipe of a kernel; its source is downloaded where it has to be. */
export async function readRecipe(
  { base = DEFAULT_BASE, variant = "patched" }: KernelChoice,
  step: Step = {},
): Promise<Recipe> {
  const series = seriesOf(variant);
  if (series && !isFor(series, base)) {
    throw new LabError(`the ${variant} kernel is not for --base ${base}: kernel/${series} is not`);
  }
  const source = await findSource(base, step);
  const patches = [
    ...await readSeries(INSTRUMENTS, { base, label: "kernel/lab/patches" }),
    ...(series ? await readSeries(seriesFolder(series), { base, label: `kernel/${series}` }) : []),
  ];
  const config = await readConfig(base, VARIANTS[variant].fragments);
  const key = await shortHash(
    JSON.stringify([source.id, patches, config, await compilerId()]),
  );
  return { variant, source, patches, config, name: `${base}-${variant}`, key };
}

async function compilerId(): Promise<string> {
  return (await run(["gcc", "--version"])).split("\n")[0]!;
}

/** Where a variant's kernels are made. */
export interface Workplace {
  work: string;
  /** The source with the variant's patches. */
  tree: string;
}

/**
 * Does something in a variant's work tree, which it keeps to itself meanwhile.
 *
 * Each variant has its own, so that a changed patch compiles little. One for all would not do, since
 * the series changes `fs.h`, which nearly every file includes.
 */
export async function inTree<T>(
  { source, variant, name, patches }: Recipe,
  step: Step,
  action: (place: Workplace) => Promise<T>,
): Promise<T> {
  const work = cacheFolder("kernel", source.base, variant);
  return await withLock(`${work}/lock`, {
    onWait: () => step.onProgress?.({ what: `waiting for another build of the ${name} kernel` }),
    action: async () => {
      const tree = await unpack(source, work, step);
      await syncPatchedFiles(patches, { work, tree });
      return await action({ work, tree });
    },
  });
}
