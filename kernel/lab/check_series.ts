import { cacheFolder } from "../../base/cache_folder.ts";
import { exists } from "../../base/exists.ts";
import { type Arch, archs, factsOf, HOST_ARCH, makeArguments } from "./arch.ts";
import { type Base, DEFAULT_BASE } from "./bases.ts";
import { withLock } from "./cache.ts";
import { type Stack, tryNewerSources } from "./check_newer.ts";
import { LabError, lastLines } from "./error.ts";
import { type Output, output, run } from "./host.ts";
import { type Patch, readSeries } from "./patches.ts";
import { findSource, type Source, type Step } from "./source.ts";
import {
  configureTree,
  isFor,
  readConfig,
  type Series,
  seriesFolder,
  syncPatchedFiles,
  unpack,
} from "./tree.ts";

/** The complaints of a check, a line each; a correct patch has none. */
export type Complaints = string[];

/** A patch, or the whole series in one configuration, with what each check found. */
export interface SeriesCheck {
  /** The patch's path below kernel/, or the series and its configuration in words. */
  name: string;
  /** The complaints by check, without checks that do not concern this row. */
  found: Partial<Record<Check, Complaints>>;
}

/** The checks in the order of a table's columns. */
export const CHECKS = ["applies", "checkpatch", "x86-64", "sparse", "arm64", "kernel-doc"] as const;
export type Check = typeof CHECKS[number];

/** Options of {@linkcode checkSeries}. */
export interface CheckOptions extends Step {
  /** @default "6.12" */
  base?: Base | undefined;
  /**
   * The architectures to compile for.
   *
   * @default all architectures
   */
  arch?: Arch | undefined;
}

/** The options that the second heap needs. */
const CMA = "config-cma";
/** The files that the series changes, and the build targets. */
const OBJECTS = ["fs/read_write.o", "fs/splice.o", "mm/shmem.o", "mm/memfd.o", "drivers/dma-buf/"];
const DOCUMENTED = ["include/linux/dma-buf.h", "drivers/dma-buf/dma-buf.c"];
/** The project's series, and its alternative. */
const CHECKED: readonly Series[] = ["series", "series-rw-iter"];
/** The options without each of which each series must build. */
const OPTIONAL = ["CONFIG_UDMABUF", "CONFIG_DMABUF_HEAPS", "CONFIG_HUGETLBFS"];
/** The options that may be modules on some bases, which then need exported symbols. */
const MODULES = {
  CONFIG_DMABUF_HEAPS_SYSTEM: "drivers/dma-buf/heaps/system_heap.o",
  CONFIG_DMABUF_HEAPS_CMA: "drivers/dma-buf/heaps/cma_heap.o",
};

/** A separate source tree, in which no kernel is built, with a build folder for each architecture. */
interface Workshop extends Step {
  base: Base;
  /** The architecture to compile for. */
  architectures: readonly Arch[];
  work: string;
  tree: string;
}

/**
 * Applies the patches of each series one after the other and checks them: `checkpatch.pl
 * --strict`, a build of the files that the series touches, with `W=1` for x86-64 and arm64, sparse, and
 * kernel-doc. Then it builds the whole series without each of its optional parts. Warnings that
 * Debian's source has without the series don't count. If Debian has a newer source, it also applies the
 * patches to that.
 *
 * Throws a {@linkcode LabError} if a patch does not apply to the lab's source.
 */
export async function checkSeries(options: CheckOptions = {}): Promise<SeriesCheck[]> {
  const { base = DEFAULT_BASE, arch, ...step } = options;
  const architectures = arch ? [arch] : archs;
  const source = await findSource(base, step);
  const work = cacheFolder("kernel", base, "check");
  return await withLock(`${work}/lock`, {
    onWait: () => step.onProgress?.({ what: "waiting for another check of the series" }),
    action: async () => {
      const tree = await unpack(source, work, step);
      const shop = { ...step, base, architectures, work, tree };
      const rows: SeriesCheck[] = [];
      const stacks: Stack[] = [];
      for (const name of CHECKED.filter((series) => isFor(series, base))) {
        const patches = await readSeries(seriesFolder(name), { base, label: name });
        stacks.push({ name, patches });
        rows.push(...await checkPatches(patches, shop));
        rows.push(...await checkConfigurations(name, shop));
      }
      return [...rows, ...await checkNewerSources(source, stacks, step)];
    },
  });
}

async function checkNewerSources(
  source: Source,
  stacks: readonly Stack[],
  step: Step,
): Promise<SeriesCheck[]> {
  try {
    const trials = await tryNewerSources(source, stacks, step);
    return trials.map(({ name, complaint }) => ({
      name,
      found: { applies: complaint === null ? [] : [complaint] },
    }));
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return [{ name: `newer sources not tried: ${error.message}`, found: {} }];
  }
}

async function checkPatches(series: Patch[], shop: Workshop): Promise<SeriesCheck[]> {
  await syncPatchedFiles([], shop);
  await Promise.all(shop.architectures.map((architecture) => configure(architecture, shop)));
  const before = await buildAll(shop);
  const rows: SeriesCheck[] = [];
  for (const [index, patch] of series.entries()) {
    shop.onProgress?.({ what: `checking patch ${index + 1} of ${series.length}` });
    await syncPatchedFiles(series.slice(0, index + 1), shop);
    const after = await buildAll(shop);
    const found = Object.fromEntries(
      Object.entries(after).map(([check, lines]) => [check, without(lines, before[check]!)]),
    );
    rows.push({ name: patch.name, found: { checkpatch: await checkpatch(patch, shop), ...found } });
    Object.assign(before, after);
  }
  return rows;
}

async function checkConfigurations(series: Series, shop: Workshop): Promise<SeriesCheck[]> {
  const rows: SeriesCheck[] = [];
  for (const option of OPTIONAL) {
    shop.onProgress?.({ what: `building kernel/${series} without ${option}` });
    const found: SeriesCheck["found"] = {};
    for (const architecture of shop.architectures) {
      await configure(
        architecture,
        shop,
        (config) =>
          config.filter((line) => !line.startsWith(`${option}=`) && !line.startsWith(`${option}_`)),
      );
      found[architecture] = warnings(await buildAnew(architecture, shop), shop);
    }
    rows.push({ name: `${series}, without ${option}`, found });
  }
  const modules = await checkModules(shop);
  return modules ? [...rows, { name: `${series}, heaps as modules`, found: modules }] : rows;
}

/** The complaints of modules; null if they can't be modules. */
async function checkModules(shop: Workshop): Promise<SeriesCheck["found"] | null> {
  const architecture = oneArch(shop);
  const change = (line: string) => {
    const [name = ""] = line.split("=");
    return name in MODULES ? `${name}=m` : line;
  };
  await configure(architecture, shop, (config) => [...config.map(change), "CONFIG_MODULES=y"]);
  const out = outputFolder(shop.work, architecture);
  const config = await Deno.readTextFile(`${out}/.config`);
  if (!Object.keys(MODULES).every((name) => config.includes(`\n${name}=m\n`))) return null;
  shop.onProgress?.({ what: "building heaps as modules" });
  const found = warnings(await buildAnew(architecture, shop), shop);
  const objects = OBJECTS.filter((object) => object.endsWith(".o"));
  const symbols = async (paths: string[]) =>
    await run(["nm", ...paths.map((path) => `${out}/${path}`)], { signal: shop.signal });
  const kernel = await symbols([...objects, "drivers/dma-buf/dma-buf.o"]);
  return {
    [architecture]: [...found, ...unexported(kernel, await symbols(Object.values(MODULES)))],
  };
}

/** The kernel's functions that modules use but may not, from the output of nm. */
export function unexported(kernel: string, modules: string): Complaints {
  const names = (text: string, type: RegExp) =>
    text.split("\n").map((line) => line.trim().split(/\s+/))
      .filter((fields) => type.test(fields.at(-2) ?? "")).map((fields) => fields.at(-1)!);
  const functions = new Set(names(kernel, /^T$/));
  const exports = new Set(names(kernel, /./));
  return [...new Set(names(modules, /^U$/))]
    .filter((name) => functions.has(name) && !exports.has(`__export_symbol_${name}`))
    .map((name) => `error: ${name} is used by a module and not exported`);
}

/** Every complaint about a state of the tree. */
async function buildAll(shop: Workshop): Promise<Record<string, Complaints>> {
  const found: Record<string, Complaints> = {};
  for (const architecture of shop.architectures) {
    found[architecture] = warnings(await buildAnew(architecture, shop), shop);
  }
  const sparse = await make(oneArch(shop), shop, ["C=2", "CHECK=sparse"]);
  return {
    ...found,
    sparse: warnings(sparse, shop),
    "kernel-doc": warnings(
      await output(["scripts/kernel-doc", "-none", ...DOCUMENTED], { cwd: shop.tree }),
      shop,
    ),
  };
}

/** The architecture for checks that need only one: this machine's, if it is among them. */
function oneArch({ architectures }: Workshop): Arch {
  return architectures.includes(HOST_ARCH) ? HOST_ARCH : architectures[0]!;
}

async function configure(
  architecture: Arch,
  { base, work, tree, signal }: Workshop,
  change = (lines: string[]) => lines,
): Promise<void> {
  const out = outputFolder(work, architecture);
  await Deno.mkdir(out, { recursive: true });
  const config = change((await readConfig({ base, arch: architecture }, [CMA])).split("\n"));
  await configureTree(tree, {
    config: config.join("\n"),
    fragment: `${out}/fragment`,
    make: [`O=${out}`, ...makeArguments(architecture)],
    signal,
  });
}

/** Compilers warn when they compile, so objects of an earlier build must be removed. */
async function buildAnew(architecture: Arch, shop: Workshop): Promise<Output> {
  for (const object of OBJECTS) {
    const path = `${outputFolder(shop.work, architecture)}/${object}`;
    if (exists(path)) await Deno.remove(path, { recursive: true });
  }
  return await make(architecture, shop);
}

async function make(
  architecture: Arch,
  { work, tree, signal }: Workshop,
  more: string[] = [],
): Promise<Output> {
  const jobs = `-j${navigator.hardwareConcurrency}`;
  return await output([
    ...["make", "-s", "-k", jobs, "-C", tree, `O=${outputFolder(work, architecture)}`, "W=1"],
    ...makeArguments(architecture),
    ...more,
    ...OBJECTS,
  ], { signal });
}

/** The folder of an architecture's objects. */
function outputFolder(work: string, architecture: Arch): string {
  return `${work}/${factsOf(architecture).machine}`;
}

/** The warnings and errors in the output of a program; a failure without any counts as one. */
function warnings({ success, text }: Output, { tree }: Workshop): Complaints {
  const lines = complaintLines(text.replaceAll(`${tree}/`, ""));
  if (success || lines.length > 0) return lines;
  return lastLines(text, 3);
}

/** The lines with a warning or an error, without the line numbers, which patches move. */
export function complaintLines(text: string): Complaints {
  return text.split("\n").filter((line) => /\b(warning|error): /i.test(line))
    .map((line) => line.replace(/:\d+(?=:)/g, ""));
}

/** The lines that are not in `before`, as often as they are additional. */
export function without(lines: Complaints, before: Complaints): Complaints {
  const left = [...before];
  return lines.filter((line) => {
    const index = left.indexOf(line);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** Commits that `Fixes:` names can't be looked up: Debian's source comes without a history. */
export const CHECKPATCH = [
  ...["perl", "scripts/checkpatch.pl", "--strict", "--no-tree", "--terse"],
  ...["--ignore", "UNKNOWN_COMMIT_ID"],
];
/** The sender adds the sign-off. */
const UNSIGNED = ["--ignore", "MISSING_SIGN_OFF"];

async function checkpatch(patch: Patch, { tree, signal }: Workshop): Promise<Complaints> {
  const file = new URL(`../${patch.name}`, import.meta.url).pathname;
  const { text, success } = await output([...CHECKPATCH, ...UNSIGNED, file], { cwd: tree, signal });
  const lines = text.split("\n").filter((line) => /(ERROR|WARNING|CHECK): /.test(line));
  if (success || lines.length > 0) return lines;
  throw new LabError("checkpatch.pl failed", { lines: lastLines(text, 5) });
}
