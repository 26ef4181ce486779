import { cacheFolder } from "../../base/cache_folder.ts";
import { exists } from "../../base/exists.ts";
import { makeWhole } from "../../base/make_whole.ts";
import { factsOf, makeArguments } from "./arch.ts";
import { BASES } from "./bases.ts";
import { LabError, lastLines } from "./error.ts";
import { spawn, whatIsFull } from "./host.ts";
import type { Step } from "./source.ts";
import { checkSourceTree } from "./source_tree.ts";
import { configureTree, ignoredOptions } from "./tree.ts";
import { inTree, type KernelChoice, readRecipe, type Recipe, type Workplace } from "./variant.ts";

/** Options of {@linkcode buildKernel}. */
export interface BuildOptions extends KernelChoice, Step {}

/** Fixed values, so that one input gives one kernel, byte for byte. */
const REPRODUCIBLE = {
  KBUILD_BUILD_TIMESTAMP: "1970-01-01",
  KBUILD_BUILD_USER: "dmacopy",
  KBUILD_BUILD_HOST: "lab",
};

/**
 * Builds the lab's kernel from Debian's source and returns the path of its image, which is cached
 * under a hash of all inputs.
 *
 * Throws a {@linkcode LabError} that names the patch and hunk, the configuration line or the build
 * log at fault.
 */
export async function buildKernel(options: BuildOptions = {}): Promise<string> {
  checkSourceTree();
  const { base, variant, arch, ...step } = options;
  const recipe = await readRecipe({ base, variant, arch }, step);
  const facts = factsOf(recipe.arch);
  const image = `${cacheFolder("kernel")}/${facts.image}-${recipe.name}-${recipe.key}`;
  if (exists(image)) return image;
  return await inTree(recipe, step, async (place) => {
    if (exists(image)) return image;
    await configure(recipe, place, step);
    await compile(recipe, place, step);
    const built = `${place.tree}/arch/${facts.kernel}/boot/${facts.image}`;
    await makeWhole(image, (temporary) => Deno.copyFile(built, temporary));
    return image;
  });
}

async function configure(
  { arch, config }: Recipe,
  { work, tree }: Workplace,
  { signal }: Step,
): Promise<void> {
  const make = makeArguments(arch);
  await configureTree(tree, { config, fragment: `${work}/config`, make, signal });
  const ignored = ignoredOptions(config, await Deno.readTextFile(`${tree}/.config`));
  if (ignored.length > 0) {
    throw new LabError(`kernel/lab/config: this source does not honour ${ignored.join(", ")}`);
  }
}

async function compile(
  { arch, variant, source, name }: Recipe,
  { work, tree }: Workplace,
  { onProgress, signal }: Step,
): Promise<void> {
  const log = `${work}/build.log`;
  const total = exists(`${tree}/vmlinux.o`) ? undefined : BASES[source.base].buildSteps;
  const jobs = `-j${navigator.hardwareConcurrency}`;
  // It ends with this process, and ends its own children on SIGTERM, so that the next process with the
  // lock works alone.
  const make = spawn("setpriv", {
    args: [
      ...["--pdeathsig", "TERM", "make", "-C", tree, jobs, ...makeArguments(arch)],
      ...[`LOCALVERSION=-dmacopy-${variant}`, factsOf(arch).image],
    ],
    env: REPRODUCIBLE,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(signal && { signal }),
  });
  using file = await Deno.open(log, { create: true, write: true, truncate: true });
  let done = 0;
  const count = (text: string) => {
    done += text.match(/^ {2}[A-Z]/gm)?.length ?? 0;
    const what = `building the ${name} kernel`;
    onProgress?.(total ? { what, done: Math.min(done, total), total } : { what, done });
  };
  const copyToLog = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      file.writeSync(chunk);
      count(decoder.decode(chunk, { stream: true }));
    }
  };
  const [status] = await Promise.all([make.status, copyToLog(make.stdout), copyToLog(make.stderr)]);
  signal?.throwIfAborted();
  if (status.success) return;
  const text = await Deno.readTextFile(log);
  const why = whatIsFull(text) ?? `see ${log}`;
  throw new LabError(`the ${name} kernel does not build: ${why}`, {
    lines: lastLines(text, 20),
  });
}
