import { exists } from "../../base/exists.ts";
import { type Arch, archs } from "./arch.ts";
import type { Base } from "./bases.ts";
import { LabError } from "./error.ts";

/** A patch of a series, with its text. */
export interface Patch {
  /** Path as shown in errors, e.g. `kernel/series/0001-….patch`. */
  name: string;
  text: string;
}

const LAB_ONLY = /#.*\blab-only\b/;
const BASE_ONLY = /#.*?(\d+\.\d+) only\b/;
const ARCH_ONLY = new RegExp(`#.*?\\b(${archs.join("|")}) only\\b`);

/**
 * The file names in a `series` file: one a line, `#` starts a comment. Those whose comment says
 * `lab-only` are not `forUpstream`, those that say e.g. `6.12 only` or `arm64 only` not for another
 * `base` or `arch`.
 */
export function parseSeries(
  text: string,
  { forUpstream = false, base, arch }: {
    forUpstream?: boolean;
    base?: Base | undefined;
    arch?: Arch | undefined;
  } = {},
): string[] {
  return text.split("\n").filter((line) => !forUpstream || !LAB_ONLY.test(line))
    .filter((line) => base === undefined || (BASE_ONLY.exec(line)?.[1] ?? base) === base)
    .filter((line) => arch === undefined || (ARCH_ONLY.exec(line)?.[1] ?? arch) === arch)
    .map((line) => line.replace(/#.*/, "").trim()).filter((name) => name !== "");
}

/** Options of {@linkcode readSeries}. */
export interface SeriesOptions {
  /** If a folder BASE beside a patch has a patch of the same name, that one is for this base. */
  base: Base;
  /** Leave out patches that are for another architecture only. */
  arch?: Arch | undefined;
  /** Names the folder in errors. */
  label: string;
  /** Leave out patches that are for the lab only. */
  forUpstream?: boolean;
}

/** Reads the patches that `folder/series` lists, in order. */
export async function readSeries(folder: URL, options: SeriesOptions): Promise<Patch[]> {
  const { base, arch, label, forUpstream = false } = options;
  const text = await Deno.readTextFile(new URL("series", folder));
  const names = parseSeries(text, { forUpstream, base, arch });
  return await Promise.all(names.map(async (file) => {
    const own = file.replace(/[^/]+$/, `${base}/$&`);
    const path = exists(new URL(own, folder).pathname) ? own : file;
    return { name: `${label}/${path}`, text: await Deno.readTextFile(new URL(path, folder)) };
  }));
}

/** The source files that a patch in git's format touches. */
export function touchedFiles(patch: Patch): string[] {
  const files = [...patch.text.matchAll(/^diff --git a\/(\S+) b\/(\S+)$/gm)]
    .flatMap(([, from, to]) => [from!, to!]);
  if (files.length === 0) throw new LabError(`${patch.name} is not a patch in git's format`);
  return [...new Set(files)];
}

/** The failed hunks in the output of `patch`, e.g. `fs/read_write.c hunk 2 (line 1520)`. */
export function failedHunks(output: string): string[] {
  const failed: string[] = [];
  let file = "";
  for (const line of output.split("\n")) {
    file = line.match(/^(?:patching|checking) file '?(.+?)'?$/)?.[1] ?? file;
    const hunk = line.match(/^Hunk #(\d+) FAILED at (\d+)/);
    if (hunk) failed.push(`${file} hunk ${hunk[1]} (line ${hunk[2]})`);
    // The form in which patch quotes its input after "can't find file to patch".
    const missing = line.match(/^\|diff --git a\/(\S+)/);
    if (missing) failed.push(`${missing[1]} is missing`);
  }
  return failed;
}

/** Applies patches in order to the files in `folder`; `source` names the kernel in errors. */
export async function applyPatches(
  patches: Patch[],
  options: { folder: string; source: string },
): Promise<void> {
  for (const patch of patches) {
    const child = new Deno.Command("patch", {
      args: ["-p1", "--fuzz=0", "--force", "--no-backup-if-mismatch", "-r", "-"],
      cwd: options.folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const written = new Blob([patch.text]).stream().pipeTo(child.stdin);
    const { code, stdout, stderr } = await child.output();
    await written;
    if (code === 0) continue;
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const hunks = failedHunks(output).join(", ") || output.trim().split("\n")[0];
    throw new LabError(`${patch.name} does not apply to ${options.source}: ${hunks}`, {
      lines: output.trim().split("\n"),
    });
  }
}
