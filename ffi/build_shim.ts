import { createHash } from "node:crypto";
import { cacheFolder } from "../base/cache_folder.ts";
import { cachePath } from "../base/cache_path.ts";
import { exists } from "../base/exists.ts";
// Imported like the modules, so that it also works if they come from a server.
import source from "./shim.c" with { type: "text" };

const COMPILER = "cc";
const FLAGS = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"];
// The archive, so that the shim runs without an installed liburing. Not every system has it.
const LIBRARIES = ["-l:liburing.a"];
const SHARED_LIBRARIES = ["-luring"];
const NO_ARCHIVE = /cannot find -l:liburing\.a/;
const NO_SPACE = /No space left on device/;
const NEEDS = "it needs a C compiler, xxhash.h and liburing: " +
  "apt-get install -y gcc libc6-dev libxxhash-dev liburing-dev";
const WRITABLE = "set XDG_CACHE_HOME to a folder that you may write to";

/** The C shim could not be built or loaded. The message says what to do. */
export class ShimError extends Error {
  /** "ShimError" */
  override readonly name = "ShimError";
}

/** Options of {@linkcode buildShim} and {@linkcode compileShim}. */
export interface CompileOptions {
  /** @default "cc" */
  compiler?: string;
  /** More options of the compiler. */
  flags?: readonly string[];
}

/**
 * Builds `shim.c` unless it is in the cache, whose key is the source, the compiler's version and
 * the flags.
 *
 * @returns the shared library's path
 * @throws {ShimError} if there is no compiler, a header is missing, or the cache can't be written
 */
export function buildShim(options: CompileOptions = {}): string {
  const { compiler, flags = [] } = options;
  const key = createHash("sha256")
    .update([source, compile(["--version"], compiler), ...FLAGS, ...flags, ...LIBRARIES].join("\0"))
    .digest("hex").slice(0, 16);
  const path = cachePath(`shim-${key}.so`);
  try {
    if (!exists(path)) build(path, options);
  } catch (cause) {
    if (cause instanceof ShimError || cause instanceof Deno.errors.NotCapable) throw cause;
    throw failure((cause as Error).message, { next: WRITABLE, cause });
  }
  return path;
}

function build(path: string, options: CompileOptions): void {
  const work = Deno.makeTempDirSync({ dir: cacheFolder(), prefix: "shim-" });
  try {
    compileShim(`${work}/shim.so`, options);
    Deno.renameSync(`${work}/shim.so`, path);
  } finally {
    Deno.removeSync(work, { recursive: true });
  }
}

/**
 * Compiles `shim.c` to the shared library `path`; its source is kept beside it.
 *
 * @throws {ShimError} if there is no compiler, or a header is missing
 */
export function compileShim(path: string, options: CompileOptions = {}): void {
  const { compiler, flags = [] } = options;
  const text = path.replace(/\.so$/, ".c");
  Deno.writeTextFileSync(text, source);
  const args = [...FLAGS, ...flags, "-o", path, text];
  try {
    compile([...args, ...LIBRARIES], compiler);
  } catch (error) {
    if (!(error instanceof ShimError && NO_ARCHIVE.test(error.message))) throw error;
    compile([...args, ...SHARED_LIBRARIES], compiler);
  }
}

function compile(args: string[], compiler = COMPILER): string {
  let output: Deno.CommandOutput;
  try {
    output = new Deno.Command(compiler, { args, env: { LC_ALL: "C" } }).outputSync();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw failure(`there is no "${compiler}"`, { next: NEEDS, cause });
  }
  const { success, stdout, stderr } = output;
  if (success) return new TextDecoder().decode(stdout);
  const text = new TextDecoder().decode(stderr);
  // The last error may only say that the linker failed.
  const reason = text.match(NO_SPACE)?.[0] ?? text.match(/error: (.*)/)?.[1] ??
    text.trim().split("\n").at(-1) ?? "";
  throw failure(reason, { next: NEEDS });
}

function failure(reason: string, { next, cause }: { next: string; cause?: unknown }): ShimError {
  const step = NO_SPACE.test(reason)
    ? `make room in ${cachePath()} and the folder for temporary files, or set XDG_CACHE_HOME`
    : next;
  return new ShimError(`can't build the C shim (${reason}): ${step}`, { cause });
}
