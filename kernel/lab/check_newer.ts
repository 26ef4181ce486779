import { LabError } from "./error.ts";
import { output } from "./host.ts";
import { applyPatches, type Patch, touchedFiles } from "./patches.ts";
import { type Source, type Step, withNewerSources } from "./source.ts";
import { sourceName } from "./tree.ts";

/** Patches that belong together. */
export interface Stack {
  name: string;
  patches: Patch[];
}

/** The result of applying a stack of patches to a source. */
export interface Trial {
  /** The stack and the source. */
  name: string;
  /** The patch and hunks that do not apply, or null. */
  complaint: string | null;
}

/**
 * Applies stacks of patches to each source in Debian that is newer than the lab's.
 *
 * @throws {LabError} if Debian's archive can't be read
 */
export async function tryNewerSources(
  source: Source,
  stacks: readonly Stack[],
  step: Step,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  await withNewerSources(source, step, async (newer) => {
    for (const { name, patches } of stacks) {
      step.onProgress?.({ what: `applying ${name} to ${newer.name}` });
      const complaint = await tryToApply(patches, newer, step);
      trials.push({ name: `${name}, on ${newer.name}`, complaint });
    }
  });
  return trials;
}

async function tryToApply(
  patches: Patch[],
  { tarball }: Source,
  { signal }: Step,
): Promise<string | null> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-newer-" });
  try {
    const files = ["Makefile", ...new Set(patches.flatMap(touchedFiles))];
    // tar fails for files that the patches create, after it has read the whole archive.
    await output([
      ...["tar", "-xf", tarball, "-I", "xz -T0", "-C", folder],
      ...["--strip-components=1", "--wildcards", "--no-wildcards-match-slash"],
      ...files.map((file) => `*/${file}`),
    ], { signal });
    await applyPatches(patches, { folder, source: await sourceName(folder) });
    return null;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return error.message;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
