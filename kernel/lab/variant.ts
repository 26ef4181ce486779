import { cacheFolder } from "../../base/cache_folder.ts";
import { type Base, DEFAULT_BASE } from "./bases.ts";
import { shortHash, withLock } from "./cache.ts";
import { LabError } from "./error.ts";
import { run } from "./host.ts";
import { type Patch, readSeries } from "./patches.ts";
import { findSource, type Source, type Step } from "./source.ts";
import { isFor, readConfig, type Series, seriesFolder, syncPatchedFiles, unpack } from "./tree.ts";

/** What makes a kernel of the lab; all carry the instruments. */
const VARIANTS = {
  /** Debian's source. */
  stock: { series: null, fragments: [] },
  /** With the project's series. */
  patched: { series: "series", fragments: [] },
  /** With kprobe histograms, which slow it. */
  traced: { series: "series", fragments: ["config-traced"] },
  /** With the checks of a kernel developer, and faults to inject. */
  debug: { series: "series", fragments: ["config-debug"] },
  /** With the series' alternative: dma-bufs that can be read, written and spliced. */
  "rw-iter": { series: "series-rw-iter", fragments: [] },
} as const;

/** The name of one of the lab's kernels. */
export type Variant = keyof typeof VARIANTS;

/** The names of the lab's kernels. */
export const variants = Object.keys(VARIANTS) as Variant[];

/** The series that a variant carries, if any. */
export function seriesOf(variant: Variant): Series | null {
  return VARIANTS[variant].series;
}

/** Whether a variant's dma-bufs serve copy_file_range(2). */
export function carriesSeries(variant: Variant): boolean {
  return seriesOf(variant) === "series";
}

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
