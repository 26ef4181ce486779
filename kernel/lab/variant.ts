import { cacheFolder } from "../../base/cache_folder.ts";
import { shortHash, withLock } from "./cache.ts";
import { run } from "./host.ts";
import { type Patch, readSeries } from "./patches.ts";
import {
  CONFIG,
  type Series,
  seriesFolder,
  sourceId,
  type Step,
  syncPatchedFiles,
  unpack,
} from "./tree.ts";

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

const INSTRUMENTS = new URL("./patches/", import.meta.url);

/** All that a kernel is made from. */
export interface Recipe {
  variant: Variant;
  patches: Patch[];
  config: string;
  /** Tells this recipe from any other, by its content, the source's and the compiler's. */
  key: string;
}

/** The recipe of a variant. */
export async function readRecipe(variant: Variant): Promise<Recipe> {
  const { fragments } = VARIANTS[variant];
  const series = seriesOf(variant);
  const patches = [
    ...await readSeries(INSTRUMENTS, "kernel/lab/patches"),
    ...(series ? await readSeries(seriesFolder(series), `kernel/${series}`) : []),
  ];
  const config = await readFragments(fragments);
  const key = await shortHash(
    JSON.stringify([await sourceId(), patches, config, await compilerId()]),
  );
  return { variant, patches, config, key };
}

async function readFragments(names: readonly string[]): Promise<string> {
  const files = [CONFIG, ...names.map((name) => new URL(name, CONFIG))];
  return (await Promise.all(files.map((file) => Deno.readTextFile(file)))).join("\n");
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
  { variant, patches }: Recipe,
  step: Step,
  action: (place: Workplace) => Promise<T>,
): Promise<T> {
  const work = cacheFolder("kernel", variant);
  return await withLock(`${work}/lock`, {
    onWait: () => step.onProgress?.({ what: `waiting for another build of the ${variant} kernel` }),
    action: async () => {
      const tree = await unpack(work, step);
      await syncPatchedFiles(patches, { work, tree });
      return await action({ work, tree });
    },
  });
}
