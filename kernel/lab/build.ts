import { cacheFolder, exists, type OnProgress, shortHash, withLock } from "./cache.ts";
import { LabError, lastLines } from "./error.ts";
import { run, spawn } from "./host.ts";
import { applyPatches, type Patch, readSeries, touchedFiles } from "./patches.ts";

/**
 * `patched` carries the project's series; `stock` is Debian's source; `traced` is `patched` with
 * kprobe histograms, which slow it. All carry the instruments.
 */
export type Variant = "stock" | "patched" | "traced";

/** Options of {@linkcode buildKernel}. */
export interface BuildOptions {
  /** @default "patched" */
  variant?: Variant;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}

const SOURCE = "/usr/src/linux-source-6.12.tar.xz";
const SERIES = new URL("../series/", import.meta.url);
const INSTRUMENTS = new URL("./patches/", import.meta.url);
const CONFIG = new URL("./config", import.meta.url);
const TRACED_CONFIG = new URL("./config-traced", import.meta.url);
/** Lines that make prints for a build from nothing: the scale of the progress shown. */
const FULL_BUILD_STEPS = 1780;
/** Fixed, so that one input gives one kernel, byte for byte. */
const REPRODUCIBLE = {
  KBUILD_BUILD_TIMESTAMP: "1970-01-01",
  KBUILD_BUILD_USER: "dmacopy",
  KBUILD_BUILD_HOST: "lab",
};

/**
 * Builds the lab's kernel from Debian's linux-source-6.12 and returns the path of its bzImage.
 *
 * The image is cached by all that it is made from. Each variant keeps its work tree, so that a
 * changed patch compiles little; one tree for both would not, since the series changes `fs.h`,
 * which nearly every file includes. Throws a {@linkcode LabError} that names the patch and hunk, the
 * configuration line or the build log at fault.
 */
export async function buildKernel(options: BuildOptions = {}): Promise<string> {
  const { variant = "patched", onProgress, signal } = options;
  const instruments = await readSeries(INSTRUMENTS, "kernel/lab/patches");
  const series = await readSeries(SERIES, "kernel/series");
  const patches = [...instruments, ...(variant === "stock" ? [] : series)];
  const config = await Deno.readTextFile(CONFIG) +
    (variant === "traced" ? await Deno.readTextFile(TRACED_CONFIG) : "");
  const key = await shortHash(
    JSON.stringify([await sourceId(), patches, config, await compilerId()]),
  );

  const image = `${await cacheFolder("kernel")}/bzImage-${variant}-${key}`;
  if (await exists(image)) return image;
  const work = await cacheFolder("kernel", variant);
  return await withLock(`${work}/lock`, {
    onWait: () => onProgress?.({ what: `waiting for another build of the ${variant} kernel` }),
    action: async () => {
      if (await exists(image)) return image;
      const tree = await unpack(work, { onProgress, signal });
      await syncPatchedFiles(patches, { work, tree });
      await configure(tree, { work, config, signal });
      await compile(tree, { variant, log: `${work}/build.log`, onProgress, signal });
      await Deno.copyFile(`${tree}/arch/x86/boot/bzImage`, `${image}.tmp`);
      await Deno.rename(`${image}.tmp`, image);
      return image;
    },
  });
}

/** Tells one version of Debian's source package from another without reading its 145 MiB. */
async function sourceId(): Promise<string> {
  if (Deno.build.arch !== "x86_64") {
    throw new LabError(
      `the lab's kernel builds on x86_64 only, this machine is ${Deno.build.arch}`,
    );
  }
  if (!(await exists(SOURCE))) {
    throw new LabError(`${SOURCE} is missing: apt-get install linux-source-6.12`);
  }
  const { size, mtime } = await Deno.stat(SOURCE);
  return `${size} ${mtime?.getTime()}`;
}

async function compilerId(): Promise<string> {
  return (await run(["gcc", "--version"])).split("\n")[0]!;
}

type Step = { onProgress?: OnProgress | undefined; signal?: AbortSignal | undefined };

/** The work tree, unpacked anew where the source package has changed. */
async function unpack(work: string, { onProgress, signal }: Step): Promise<string> {
  const tree = `${work}/tree`;
  const stamp = `${tree}/.dmacopy-source`;
  const id = await sourceId();
  if (await exists(stamp) && await Deno.readTextFile(stamp) === id) return tree;
  onProgress?.({ what: "unpacking linux-source-6.12" });
  await removeTree(tree);
  await removeTree(`${work}/pristine`);
  await Deno.mkdir(tree);
  const tar = ["tar", "-xf", SOURCE, "-I", "xz -T0", "--strip-components=1", "-C", tree];
  await run(tar, { signal });
  await Deno.writeTextFile(stamp, id);
  return tree;
}

async function removeTree(path: string): Promise<void> {
  if (await exists(path)) await Deno.remove(path, { recursive: true });
}

/**
 * Brings the files that any patch touches, now or in an earlier build, to the state that `patches`
 * give them. Files whose content is right already keep their time stamps, so make leaves them be.
 */
async function syncPatchedFiles(
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
  const kept = await exists(list)
    ? (await Deno.readTextFile(list)).split("\n").filter(Boolean)
    : [];
  const fresh = files.filter((file) => !kept.includes(file));
  for (const file of fresh) await copyIfThere(`${tree}/${file}`, `${pristine}/${file}`);
  const all = [...kept, ...fresh];
  await Deno.mkdir(pristine, { recursive: true });
  await Deno.writeTextFile(`${list}.tmp`, all.join("\n"));
  await Deno.rename(`${list}.tmp`, list);
  return all;
}

async function copyIfThere(from: string, to: string): Promise<void> {
  if (!(await exists(from))) return;
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(from, to);
}

async function sync(from: string, to: string): Promise<void> {
  const wanted = await textOrNull(from);
  if (wanted === await textOrNull(to)) return;
  if (wanted === null) return await Deno.remove(to);
  await Deno.writeTextFile(to, wanted);
}

async function textOrNull(path: string): Promise<string | null> {
  return await exists(path) ? await Deno.readTextFile(path) : null;
}

async function sourceName(tree: string): Promise<string> {
  const makefile = await Deno.readTextFile(`${tree}/Makefile`);
  const field = (name: string) => makefile.match(new RegExp(`^${name} = (\\d+)$`, "m"))?.[1];
  return `Linux ${["VERSION", "PATCHLEVEL", "SUBLEVEL"].map(field).join(".")}`;
}

async function configure(
  tree: string,
  { work, config, signal }: { work: string; config: string; signal: AbortSignal | undefined },
): Promise<void> {
  const fragment = `${work}/config`;
  await Deno.writeTextFile(fragment, config);
  const env = { KCONFIG_ALLCONFIG: fragment };
  await run(["make", "-s", "-C", tree, "allnoconfig"], { env, signal });
  const ignored = ignoredOptions(config, await Deno.readTextFile(`${tree}/.config`));
  if (ignored.length > 0) {
    throw new LabError(`kernel/lab/config: this source does not honour ${ignored.join(", ")}`);
  }
}

/** The lines of a fragment that a finished `.config` does not agree with. */
export function ignoredOptions(fragment: string, config: string): string[] {
  const lines = new Set(config.split("\n"));
  const unset = (line: string) => line.match(/^# (CONFIG_\w+) is not set$/)?.[1];
  return fragment.split("\n").filter((line) => {
    const name = unset(line);
    if (name) return config.includes(`\n${name}=`);
    return line.startsWith("CONFIG_") && !lines.has(line);
  });
}

async function compile(
  tree: string,
  { variant, log, onProgress, signal }: Step & { variant: Variant; log: string },
): Promise<void> {
  const total = await exists(`${tree}/vmlinux.o`) ? undefined : FULL_BUILD_STEPS;
  const jobs = `-j${navigator.hardwareConcurrency}`;
  const make = spawn("make", {
    args: ["-C", tree, jobs, `LOCALVERSION=-dmacopy-${variant}`, "bzImage"],
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
    const what = `building the ${variant} kernel`;
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
  const lines = lastLines(await Deno.readTextFile(log), 20);
  throw new LabError(`the ${variant} kernel does not build; see ${log}`, { lines });
}
