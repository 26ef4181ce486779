import { cacheFolder } from "../../base/cache_folder.ts";
import { exists } from "../../base/exists.ts";
import { makeWhole } from "../../base/make_whole.ts";
import { makeArguments } from "./arch.ts";
import { shortHash } from "./cache.ts";
import type { BuildOptions } from "./build.ts";
import { type Compiler, compilerFor } from "./foreign.ts";
import { run } from "./host.ts";
import { touchedFiles } from "./patches.ts";
import { inTree, readRecipe } from "./variant.ts";

/** One of the kernel's own tests, below tools/testing/selftests. */
interface Selftest {
  folder: string;
  /** The sources of a program, if a base has them. A script has none. */
  sources?: string[];
  libraries?: string[];
}

/** The tests of the code that the series touches, by the name of the program or script. */
const SELFTESTS: Record<string, Selftest> = {
  "copy_file_range": { folder: "drivers/dma-buf", sources: ["copy_file_range.c"] },
  "heap_clearing": { folder: "drivers/dma-buf", sources: ["heap_clearing.c"] },
  "udmabuf": { folder: "drivers/dma-buf", sources: ["udmabuf.c"] },
  "dmabuf-heap": { folder: "dmabuf-heaps", sources: ["dmabuf-heap.c"] },
  "memfd_test": { folder: "memfd", sources: ["memfd_test.c", "common.c"] },
  "gup_longterm": {
    folder: "mm",
    sources: ["gup_longterm.c", "vm_util.c", "hugepage_settings.c"],
    libraries: ["-luring"],
  },
  "splice_read": { folder: "splice", sources: ["splice_read.c"] },
  "short_splice_read.sh": { folder: "splice" },
  "default_file_splice_read": { folder: "splice", sources: ["default_file_splice_read.c"] },
  "default_file_splice_read.sh": { folder: "splice" },
};
/** The tests that the series adds, on the bases for which it has them. */
const OF_THE_SERIES = ["copy_file_range", "heap_clearing"];
/** The files that the tests of mm include and that their Makefile writes, by their names on the bases. */
const LOCAL_CONFIG = "#define LOCAL_CONFIG_HAVE_LIBURING 1\n";
const LOCAL_CONFIG_NAMES = ["local_config.h", "local_config.h_gen"];

/**
 * Builds the kernel's selftests from a variant's source and returns their paths by their names. They
 * are cached like the kernel.
 *
 * Throws a {@linkcode LabError} if one does not compile.
 */
export async function buildSelftests(options: BuildOptions = {}): Promise<Record<string, string>> {
  const { base, variant, arch, ...step } = options;
  const recipe = await readRecipe({ base, variant, arch }, step);
  const key = await shortHash(JSON.stringify([recipe.key, SELFTESTS, LOCAL_CONFIG]));
  const folder = `${cacheFolder("kernel")}/selftests-${recipe.name}-${key}`;
  const touched = recipe.patches.flatMap(touchedFiles);
  const available = Object.entries(SELFTESTS).filter(([name, { folder }]) =>
    !OF_THE_SERIES.includes(name) ||
    touched.includes(`tools/testing/selftests/${folder}/${name}.c`)
  );
  if (!exists(folder)) {
    await inTree(recipe, step, async ({ tree }) => {
      step.onProgress?.({ what: "building the kernel's selftests" });
      await makeWhole(folder, async (temporary) => {
        await Deno.mkdir(temporary);
        for (const name of LOCAL_CONFIG_NAMES) {
          await Deno.writeTextFile(`${temporary}/${name}`, LOCAL_CONFIG);
        }
        const makeHere = ["make", "-s", "-C", tree, ...makeArguments(recipe.arch)];
        await run([...makeHere, "headers"], { signal: step.signal });
        const compiler = await compilerFor(recipe.arch, step);
        for (const [name, selftest] of available) {
          await make(name, selftest, { tree, compiler, folder: temporary });
        }
      });
    });
  }
  return Object.fromEntries(available.map(([name]) => [name, `${folder}/${name}`]));
}

async function make(
  name: string,
  { folder: from, sources, libraries = [] }: Selftest,
  { tree, compiler, folder }: { tree: string; compiler: Compiler; folder: string },
): Promise<void> {
  const selftests = `${tree}/tools/testing/selftests`;
  const cwd = `${selftests}/${from}`;
  if (!sources) return await Deno.copyFile(`${cwd}/${name}`, `${folder}/${name}`);
  await run([
    ...[
      compiler.command,
      ...compiler.flags,
      "-O2",
      "-static",
      "-isystem",
      `${tree}/usr/include`,
      `-I${folder}`,
      `-I${selftests}`,
    ],
    // kselftest_harness.h also defines it.
    ...["-U_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64", "-o", `${folder}/${name}`],
    ...[...sources.filter((name) => exists(`${cwd}/${name}`)), ...libraries],
  ], { cwd });
}
