import { cachePath } from "./cache_path.ts";

/** A folder in the cache, created where it is missing; see {@linkcode cachePath}. */
export function cacheFolder(...parts: string[]): string {
  const folder = cachePath(...parts);
  Deno.mkdirSync(folder, { recursive: true });
  return folder;
}
