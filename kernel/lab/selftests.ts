import { cacheFolder, exists } from "./cache.ts";
import type { BuildOptions } from "./build.ts";
import { run } from "./host.ts";
import { inTree, readRecipe, seriesOf } from "./variant.ts";

/** The kernel's own tests of what the series touches, below tools/testing/selftests. */
const PROGRAMS = [
  "drivers/dma-buf/copy_file_range",
  "drivers/dma-buf/udmabuf",
  "dmabuf-heaps/dmabuf-heap",
];

/**
 * Builds the kernel's selftests from a variant's source and returns their paths by their names. They
 * are cached like the kernel.
 *
 * Throws a {@linkcode LabError} where one does not compile.
 */
export async function buildSelftests(options: BuildOptions = {}): Promise<Record<string, string>> {
  const { variant = "patched", ...step } = options;
  const recipe = await readRecipe(variant);
  const folder = `${await cacheFolder("kernel")}/selftests-${variant}-${recipe.key}`;
  const available = PROGRAMS.filter((program) =>
    seriesOf(variant) === "series" || program !== "drivers/dma-buf/copy_file_range"
  );
  if (!(await exists(folder))) {
    await inTree(recipe, step, async ({ tree }) => {
      step.onProgress?.({ what: "building the kernel's selftests" });
      await Deno.remove(`${folder}.tmp`, { recursive: true }).catch(() => {});
      await Deno.mkdir(`${folder}.tmp`);
      await run(["make", "-s", "-C", tree, "headers"], { signal: step.signal });
      for (const program of available) await compile(program, { tree, folder: `${folder}.tmp` });
      await Deno.rename(`${folder}.tmp`, folder);
    });
  }
  return Object.fromEntries(available.map((program) => {
    const name = program.split("/").at(-1)!;
    return [name, `${folder}/${name}`];
  }));
}

async function compile(
  program: string,
  { tree, folder }: { tree: string; folder: string },
): Promise<void> {
  const [name, ...above] = program.split("/").reverse();
  await run([
    ...["gcc", "-O2", "-Wall", "-Werror", "-static", "-isystem", `${tree}/usr/include`],
    // kselftest_harness.h defines it once more.
    ...["-U_GNU_SOURCE", "-o", `${folder}/${name}`, `${name}.c`],
  ], { cwd: `${tree}/tools/testing/selftests/${above.reverse().join("/")}` });
}
