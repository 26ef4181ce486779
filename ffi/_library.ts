import { buildShim, ShimError } from "./build_shim.ts";
import { symbols } from "./symbols.ts";

/**
 * The functions that copies call. Deno compiles code for each function of a library that it opens, which
 * takes most of a millisecond at 1 GHz: for these at once, for all others at the first call.
 */
const CORE: ReadonlySet<string> = new Set<keyof typeof symbols>([
  ...["open", "close", "fstat", "stat", "pread_into", "dio_align", "fs_type", "cachestat"] as const,
  ...["page_bytes", "mmap", "munmap", "memfd_create", "ftruncate", "add_seals"] as const,
  ...["clock", "getrusage", "madvise", "pread_async", "madvise_async"] as const,
  ...[
    "udmabuf_create",
    "udmabuf_create_async",
    "dma_heap_alloc_async",
    "copy_file_range_async",
  ] as const,
]);

/** The shim's functions. */
export type Library = Deno.StaticForeignLibraryInterface<typeof symbols>;

let loaded: Library | undefined;

/** The shim: `$DMACOPY_SHIM` if set, else built at first use, so that `--help` needs no compiler. */
export function library(): Library {
  return loaded ??= load(Deno.env.get("DMACOPY_SHIM") || buildShim());
}

function load(path: string): Library {
  const functions = open(path, (name) => CORE.has(name)) as Library;
  for (const name of Object.keys(symbols) as (keyof Library)[]) {
    if (CORE.has(name)) continue;
    Object.defineProperty(functions, name, {
      configurable: true,
      get() {
        const value = open(path, (other) => other === name)[name];
        Object.defineProperty(functions, name, { value });
        return value;
      },
    });
  }
  return functions;
}

/** The functions of the shim at `path` that are wanted. */
function open(path: string, isWanted: (name: string) => boolean): Partial<Library> {
  const wanted = Object.entries(symbols).filter(([name]) => isWanted(name));
  try {
    return Deno.dlopen(path, Object.fromEntries(wanted)).symbols as Partial<Library>;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ShimError(`can't load the C shim: ${reason}: ${nextStep(path, reason)}`, { cause });
  }
}

function nextStep(path: string, reason: string): string {
  if (/failed to map segment/.test(reason)) {
    return "that folder is mounted noexec: set XDG_CACHE_HOME to another";
  }
  return Deno.env.get("DMACOPY_SHIM")
    ? "unset DMACOPY_SHIM to build it"
    : `remove ${path} to build it again`;
}
