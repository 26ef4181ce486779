/**
 * The series as mails that are ready to be sent.
 *
 * @module
 */
import { cacheFolder } from "../../base/cache_folder.ts";
import type { Base } from "../lab/bases.ts";
import { withLock } from "../lab/cache.ts";
import { CHECKPATCH } from "../lab/check_series.ts";
import { LabError } from "../lab/error.ts";
import { output, run } from "../lab/host.ts";
import { applyPatches, type Patch, readSeries, touchedFiles } from "../lab/patches.ts";
import { findSource, type Step } from "../lab/source.ts";
import { seriesFolder, sourceName, syncPatchedFiles, unpack } from "../lab/tree.ts";
import {
  addressOf,
  isFix,
  type Message,
  parseMaintainers,
  parseMessage,
  parsePeople,
  parsePerson,
} from "./message.ts";

const ROOT = new URL("../../", import.meta.url);

/** Options of {@linkcode writeMails}. */
export interface MailOptions extends Step {
  /** The sender, whose sign-off the mails get: `NAME <ADDRESS>`. */
  from: string;
  /** The folder for the mails, which must not exist or must be empty. */
  folder: string;
  base: Base;
  /** The commit to apply the mails to; else the release that Debian's source is of. */
  baseCommit?: string | undefined;
}

/** A git repository with the files that the series touches, and a tree that names their maintainers. */
interface Desk extends Step {
  tree: string;
  repository: string;
  sender: { name: string; address: string };
  baseCommit: string;
}

/** Mails that are sent together. */
interface Thread {
  folder: string;
  patches: Patch[];
  cover: Message | null;
}

/**
 * Writes the series for a base as mails, in the form that `git send-email` takes: the fixes, which
 * don't depend on the series, to `fixes/`, all others with the cover letter to `series/`. Returns their paths.
 *
 * Throws a {@linkcode LabError} if the sender is not a person, the folder is not empty, or checkpatch
 * complains; then it writes nothing.
 */
export async function writeMails(options: MailOptions): Promise<string[]> {
  const { from, folder, base, baseCommit, ...step } = options;
  const sender = parsePerson(from);
  if (!sender) throw new LabError(`--from: write a name and an address, as "A. Name <a@b.org>"`);
  await checkEmpty(folder);
  const source = await findSource(base, step);
  const work = cacheFolder("kernel", base, "check");
  const patches = await readSeries(seriesFolder("series"), {
    ...{ base, label: "kernel/series", forUpstream: true },
  });
  return await withLock(`${work}/lock`, {
    onWait: () => step.onProgress?.({ what: "waiting for a check of the series" }),
    action: async () => {
      const tree = await unpack(source, work, step);
      await syncPatchedFiles([], { work, tree });
      const parent = folder.replace(/[^/]*\/*$/, "") || ".";
      await Deno.mkdir(parent, { recursive: true });
      const scratch = await Deno.makeTempDir({ dir: parent, prefix: ".mails-" });
      try {
        const tag = `v${(await sourceName(tree)).split(" ")[1]}`;
        const desk = { ...step, tree, sender, baseCommit: baseCommit ?? tag };
        const names = await writeThreads(
          patches,
          { ...desk, repository: `${scratch}/git` },
          scratch,
        );
        await Deno.remove(folder).catch(() => {});
        await Deno.rename(`${scratch}/out`, folder);
        return names.map((name) => `${folder}/${name}`);
      } finally {
        await Deno.remove(scratch, { recursive: true });
      }
    },
  });
}

async function checkEmpty(folder: string): Promise<void> {
  try {
    for await (const _ of Deno.readDir(folder)) {
      throw new LabError(`${folder} is not empty: name a new folder for the mails`);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (error instanceof Deno.errors.NotADirectory) {
      throw new LabError(`${folder} is not a folder`, { cause: error });
    }
    throw error;
  }
}

async function writeThreads(patches: Patch[], desk: Desk, scratch: string): Promise<string[]> {
  desk.onProgress?.({ what: "writing the mails" });
  const fixes = patches.filter(({ text }) => isFix(parseMessage(text).body));
  if (patches.slice(0, fixes.length).some((patch) => !fixes.includes(patch))) {
    throw new LabError("kernel/series: the fixes must come first");
  }
  const letter = await Deno.readTextFile(new URL("0000-cover-letter.txt", seriesFolder("series")));
  const threads: Thread[] = [
    { folder: "fixes", patches: fixes, cover: null },
    { folder: "series", patches: patches.slice(fixes.length), cover: parseMessage(letter) },
  ];
  const { repository } = desk;
  await copyTouchedFiles(patches, desk);
  await git(desk, "init", "-q");
  await commit(desk, { subject: "base", body: "" }, { signOff: false });
  const root = (await git(desk, "rev-parse", "HEAD")).trim();
  const names: string[] = [];
  for (const thread of threads.filter(({ patches }) => patches.length > 0)) {
    const first = await git(desk, "rev-parse", "HEAD");
    for (const patch of thread.patches) {
      await applyPatches([patch], { folder: repository, source: desk.baseCommit });
      await commit(desk, parseMessage(patch.text), { signOff: true });
    }
    const to = `${scratch}/out/${thread.folder}`;
    names.push(...await format(thread, { ...desk, root, first: first.trim(), to }));
  }
  return names;
}

async function copyTouchedFiles(patches: Patch[], { tree, repository }: Desk): Promise<void> {
  await Deno.mkdir(repository);
  for (const file of new Set(patches.flatMap(touchedFiles))) {
    const to = `${repository}/${file}`;
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    try {
      await Deno.copyFile(`${tree}/${file}`, to);
    } catch (error) {
      // A patch creates it.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

async function git({ repository, sender, signal }: Desk, ...args: string[]): Promise<string> {
  const { name, address } = sender;
  return await run(["git", "-C", repository, ...args], {
    env: {
      ...{ GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: address },
      ...{ GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: address },
      // The mails don't depend on the settings of the sender's own git.
      ...{ GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    },
    signal,
  });
}

async function commit(
  desk: Desk,
  { subject, body }: Message,
  { signOff }: { signOff: boolean },
): Promise<void> {
  await git(desk, "add", "--all");
  await git(desk, "commit", "-q", ...(signOff ? ["-s"] : []), "-m", `${subject}\n\n${body}`);
}

interface Format extends Desk {
  /** The commit that stands for the base. */
  root: string;
  /** The commit before the thread's own. */
  first: string;
  to: string;
}

async function format(thread: Thread, desk: Format): Promise<string[]> {
  const { root, first, to } = desk;
  const { to: maintainers, cc } = await recipients(thread, desk);
  const printed = await git(
    desk,
    ...["format-patch", "-q", "--encode-email-headers", "--numbered", "-o", to],
    ...(thread.cover ? ["--cover-letter"] : []),
    ...maintainers.map((person) => `--to=${person}`),
    ...cc.map((person) => `--cc=${person}`),
    ...["--stat=72", `--base=${root}`, `${first}..HEAD`],
  );
  if (printed.trim() !== "") throw new LabError(`git format-patch: ${printed.trim()}`);
  const files = [...Deno.readDirSync(to)].map(({ name }) => name).sort();
  const path = `${to}/${files[0]}`;
  await Deno.writeTextFile(path, finished(await Deno.readTextFile(path), thread, desk));
  await checkMails(files.filter((file) => !file.startsWith("0000-")), desk);
  return files.map((file) => `${thread.folder}/${file}`);
}

/** The first mail, with the text of the cover letter and the base commit. */
function finished(text: string, { cover }: Thread, { root, baseCommit }: Format): string {
  const based = text.replace(`base-commit: ${root}`, () => `base-commit: ${baseCommit}`);
  if (!cover) return based;
  return based.replace("*** SUBJECT HERE ***", () => cover.subject)
    .replace("*** BLURB HERE ***", () => cover.body);
}

async function recipients(
  { patches, cover }: Thread,
  { tree, sender, signal }: Desk,
): Promise<{ to: string[]; cc: string[] }> {
  const files = patches.map(({ name }) => new URL(name, ROOT).pathname);
  const text = await run(
    ["perl", "scripts/get_maintainer.pl", "--nogit", "--nogit-fallback", ...files],
    { cwd: tree, signal },
  );
  const { to, cc } = parseMaintainers(text);
  if (!cover) return { to, cc };
  const people = parsePeople(await Deno.readTextFile(new URL("people", seriesFolder("series"))));
  const known = new Set([sender.address.toLowerCase(), ...[...to, ...cc].map(addressOf)]);
  return { to, cc: [...cc, ...people.filter((person) => !known.has(addressOf(person)))] };
}

async function checkMails(files: string[], { to, tree, signal }: Format): Promise<void> {
  for (const file of files) {
    const { text, success } = await output([...CHECKPATCH, `${to}/${file}`], { cwd: tree, signal });
    if (success) continue;
    const lines = text.split("\n").filter((line) => /(ERROR|WARNING|CHECK): /.test(line));
    throw new LabError(`checkpatch complains about ${file}: ${lines[0] ?? "see below"}`, { lines });
  }
}
