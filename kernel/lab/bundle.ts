import { cacheFolder } from "../../base/cache_folder.ts";
import { withLock } from "./cache.ts";
import { run } from "./host.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Packages that no bundle has: native, and loaded only where many results are read. */
export const LEFT_OUT: readonly string[] = ["@duckdb/node-api"];

/** Bundles a module and all that it imports into the one file `to`, so the guest needs no network. */
export async function bundle(entry: string, to: string): Promise<void> {
  const argv = [
    ...[Deno.execPath(), "bundle", "--quiet", "--platform=deno"],
    ...LEFT_OUT.flatMap((name) => ["--external", name]),
    ...["--output", to, entry],
  ];
  // On a new machine two at once fail: each unpacks the bundler to the same place.
  await withLock(`${cacheFolder("guest")}/bundle.lock`, {
    onWait: () => {},
    action: () => run(argv, { cwd: ROOT, env: { RUST_BACKTRACE: "0" } }),
  });
}
