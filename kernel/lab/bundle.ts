import { cacheFolder } from "../../base/cache_folder.ts";
import { withLock } from "./cache.ts";
import { run } from "./host.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Bundles a module and all that it imports into the one file `to`, so the guest needs no network. */
export async function bundle(entry: string, to: string): Promise<void> {
  const argv = [Deno.execPath(), "bundle", "--quiet", "--platform=deno", "--output", to, entry];
  // On a new machine two at once fail: each unpacks the bundler to the same place.
  await withLock(`${cacheFolder("guest")}/bundle.lock`, {
    onWait: () => {},
    action: () => run(argv, { cwd: ROOT, env: { RUST_BACKTRACE: "0" } }),
  });
}
