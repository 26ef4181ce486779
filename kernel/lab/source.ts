import { cacheFolder } from "../../base/cache_folder.ts";
import { exists } from "../../base/exists.ts";
import { type Base, BASES, type Download } from "./bases.ts";
import { type OnProgress, withLock } from "./cache.ts";
import { type DebianPackage, DebianSuite } from "./debian.ts";
import { LabError } from "./error.ts";
import { run } from "./host.ts";
import { checkSourceTree } from "./source_tree.ts";

/** The options of a long step. */
export type Step = { onProgress?: OnProgress | undefined; signal?: AbortSignal | undefined };

/** The source of a base's kernels. */
export interface Source {
  base: Base;
  /** Path of the `.tar.xz`. */
  tarball: string;
  /** The package and, if known, its version. */
  name: string;
  /** Identifies the version of the package without reading its 150 MiB. */
  id: string;
}

/**
 * Finds a base's source; one that is not installed is downloaded once and kept.
 *
 * Throws a {@linkcode LabError} that says what to do if there is none.
 */
export async function findSource(base: Base, step: Step = {}): Promise<Source> {
  checkSourceTree();
  const { download } = BASES[base];
  return download ? await downloaded(base, download, step) : await installed(base);
}

async function installed(base: Base): Promise<Source> {
  const name = BASES[base].package;
  const tarball = `/usr/src/${name}.tar.xz`;
  if (!exists(tarball)) {
    throw new LabError(`${tarball} is missing: apt-get install ${name}`);
  }
  const { size, mtime } = await Deno.stat(tarball);
  return { base, tarball, name, id: `${size} ${mtime?.getTime()}` };
}

async function downloaded(base: Base, download: Download, step: Step): Promise<Source> {
  const folder = cacheFolder("kernel", "source", base);
  const kept = await keptSource(base, folder);
  if (kept) return kept;
  return await withLock(`${folder}/lock`, {
    onWait: () => step.onProgress?.({ what: "waiting for another download of the source" }),
    action: async () => {
      const meanwhile = await keptSource(base, folder);
      if (meanwhile) return meanwhile;
      const own = BASES[base].package;
      step.onProgress?.({ what: `looking for ${own}` });
      return await withSuite(download, step, async (suite, found) => {
        const [wanted] = candidates(own, found);
        if (wanted) return await fetchSource(base, wanted, { suite, folder, step });
        throw new LabError(
          `Debian's ${download.suite} has no ${own} any more, and nothing newer: use another --base`,
        );
      });
    },
  });
}

const SUFFIX = ".tar.xz";

async function keptSource(base: Base, folder: string): Promise<Source | null> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(SUFFIX)) return sourceAt(base, folder, name.slice(0, -SUFFIX.length));
  }
  return null;
}

function sourceAt(base: Base, folder: string, stem: string): Source {
  return { base, tarball: `${folder}/${stem}${SUFFIX}`, name: stem.replace("_", " "), id: stem };
}

async function withSuite<T>(
  { suite: name, names }: Download,
  { signal }: Step,
  action: (suite: DebianSuite, found: DebianPackage[]) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ dir: cacheFolder("kernel"), prefix: "apt-" });
  try {
    const suite = await DebianSuite.open(name, { folder, signal });
    return await action(suite, await suite.find(names));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The base's own package in a suite and its successors, the nearest first. */
export function candidates(own: string, found: readonly DebianPackage[]): DebianPackage[] {
  const [major, minor] = release(own);
  return found
    .filter(({ name }) => release(name)[0] === major && release(name)[1] >= minor)
    .sort((a, b) => release(a.name)[1] - release(b.name)[1]);
}

function release(name: string): [number, number] {
  const [, major, minor] = /-(\d+)\.(\d+)$/.exec(name) ?? [];
  return [Number(major), Number(minor)];
}

/** Downloads a package to its suite's folder, and keeps the source in `folder`. */
async function fetchSource(
  base: Base,
  wanted: DebianPackage,
  { suite, folder, step }: { suite: DebianSuite; folder: string; step: Step },
): Promise<Source> {
  const { name, version } = wanted;
  step.onProgress?.({ what: `downloading ${name} ${version}` });
  const file = await suite.download(wanted);
  const content = `${file}.content`;
  await run(["dpkg-deb", "--extract", file, content], { signal: step.signal });
  const source = sourceAt(base, folder, `${name}_${version}`);
  await Deno.rename(`${content}/usr/src/${name}${SUFFIX}`, source.tarball);
  return source;
}

/** Calls `action` with each source of a base in Debian that is newer than the one kept. */
export async function withNewerSources(
  { base, id }: Source,
  step: Step,
  action: (source: Source) => Promise<void>,
): Promise<void> {
  const { package: own, download } = BASES[base];
  if (!download) return;
  await withSuite(download, step, async (suite, found) => {
    for (const wanted of candidates(own, found)) {
      if (id === `${wanted.name}_${wanted.version}`) continue;
      const folder = await Deno.makeTempDir({ dir: cacheFolder("kernel"), prefix: "newer-" });
      try {
        await action(await fetchSource(base, wanted, { suite, folder, step }));
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }
  });
}
