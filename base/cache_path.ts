/** A path in `${XDG_CACHE_HOME:-~/.cache}/dmacopy`, where all built files lie. */
export function cachePath(...parts: string[]): string {
  const home = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME") || "/root"}/.cache`;
  return [home, "dmacopy", ...parts].join("/");
}
