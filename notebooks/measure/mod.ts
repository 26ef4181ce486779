import { cacheFolder } from "../../base/cache_folder.ts";
import { exists } from "../../base/exists.ts";
import { makeOnce, shortHash } from "../../kernel/lab/mod.ts";
import { contentOf, type Dataset, datasets } from "./datasets.ts";

const DATA = new URL("../data/", import.meta.url).pathname;

/** Options of {@linkcode provideResults}. */
export interface ProvideOptions {
  /** Replace existing results by those of the present kernel and code. @default false */
  measure?: boolean;
  signal: AbortSignal;
  /** Called with each step. */
  onStep: (step: string) => void;
}

/**
 * Makes sure that notebooks/data has a result of each dataset. It keeps the lab's results in the cache,
 * under a hash of all that they depend on.
 */
export async function provideResults(options: ProvideOptions): Promise<void> {
  for (const dataset of datasets) {
    const path = `${DATA}${dataset.name}.json`;
    if (!options.measure && exists(path)) continue;
    await Deno.copyFile(await cachedResult(dataset, options), path);
  }
}

async function cachedResult(dataset: Dataset, options: ProvideOptions): Promise<string> {
  const { onStep, signal } = options;
  const measuring = {
    signal,
    onProgress: ({ what }: { what: string }) => onStep(`${dataset.name}: ${what}`),
  };
  const key = await shortHash(await contentOf(dataset, measuring));
  return await makeOnce(`${cacheFolder("notebooks")}/${dataset.name}-${key}.json`, {
    what: `${dataset.name}: measuring`,
    onProgress: measuring.onProgress,
    make: async (path) => {
      const { command } = dataset;
      const result = await dataset.measure(measuring);
      await Deno.writeTextFile(path, JSON.stringify({ command, key, result }, null, 1) + "\n");
    },
  });
}
