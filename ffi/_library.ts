import { buildShim, ShimError } from "./build_shim.ts";
import { symbols } from "./symbols.ts";

/** The shim's functions. */
export type Library = Deno.StaticForeignLibraryInterface<typeof symbols>;

let loaded: Library | undefined;

/** The shim: `$DMACOPY_SHIM` if set, else built at first use, so that `--help` needs no compiler. */
export function library(): Library {
  return loaded ??= load(Deno.env.get("DMACOPY_SHIM") || buildShim());
}

function load(path: string): Library {
  try {
    return Deno.dlopen(path, symbols).symbols;
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
    ? "unset DMACOPY_SHIM to have it built"
    : `remove ${path} to have it built again`;
}
