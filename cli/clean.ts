// `deno task clean [--yes]`: lists the content of the cache, and removes it.
import { cachePath } from "../base/cache_path.ts";
import { formatSize } from "../terminal/format.ts";
import { reportError } from "../terminal/report_error.ts";

/** The size of a block in which stat(2) counts a file's space. */
const BLOCK_BYTES = 512;

/** Everything below a folder, without following links; the innermost comes first. */
function* walk(folder: string): Generator<{ path: string; info: Deno.FileInfo }> {
  for (const { name } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    const info = Deno.lstatSync(path);
    if (info.isDirectory) yield* walk(path);
    yield { path, info };
  }
}

/** The space of a file or folder on the disk, in bytes; hard links count once. */
function diskBytes(path: string): number {
  const info = Deno.lstatSync(path);
  const all = info.isDirectory ? [...walk(path)].map(({ info }) => info) : [info];
  const files = new Map(
    all.filter(({ isDirectory }) => !isDirectory)
      .map((file) => [`${file.dev} ${file.ino}`, (file.blocks ?? 0) * BLOCK_BYTES]),
  );
  return files.values().reduce((sum, bytes) => sum + bytes, 0);
}

/** Takes the locks of all builds in the cache, and keeps them until this process ends. */
function lockAll(locks: readonly string[]): void {
  for (const path of locks) {
    if (Deno.openSync(path, { write: true }).tryLockSync(true)) continue;
    throw new Error(`another process works in the cache (${path}): wait until it ends`);
  }
}

/** A lock file is empty; a kernel's source has other files with such names. */
function isLock({ path, info }: { path: string; info: Deno.FileInfo }): boolean {
  return info.isFile && info.size === 0 && /[/.]lock$/.test(path);
}

/** Removes all but the lock files: a process that waits for one must compete with later ones. */
function removeAll(root: string): void {
  const all = [...walk(root)];
  const locks = all.filter(isLock).map(({ path }) => path);
  lockAll(locks);
  for (const { path, info } of all) {
    if (locks.some((lock) => lock === path || lock.startsWith(`${path}/`))) continue;
    Deno.removeSync(path, { recursive: info.isDirectory });
  }
}

function isThere(root: string): boolean {
  try {
    return Deno.statSync(root).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function clean(isSure: boolean): void {
  const root = cachePath();
  const entries = !isThere(root) ? [] : [...Deno.readDirSync(root)]
    .map(({ name }) => ({ name, bytes: diskBytes(`${root}/${name}`) }))
    .sort((a, b) => b.bytes - a.bytes);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes === 0) return console.log(`${root} is empty`);
  for (const entry of entries) {
    console.log(`${formatSize(entry.bytes).padStart(9)}  ${root}/${entry.name}`);
  }
  console.log(`${formatSize(bytes).padStart(9)}  in all`);
  if (!isSure && !Deno.stdin.isTerminal()) return console.log("--yes removes it");
  if (!isSure && !confirm("Remove it?")) return;
  removeAll(root);
  const freed = bytes - diskBytes(root);
  console.log(`${freed} bytes freed`);
}

try {
  const unknown = Deno.args.find((arg) => arg !== "--yes");
  if (unknown !== undefined) {
    throw new Error(`"${unknown}" is unknown: clean takes only --yes`);
  }
  clean(Deno.args.length > 0);
} catch (error) {
  Deno.exit(reportError(error));
}
