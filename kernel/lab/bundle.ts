import { cacheFolder } from "../../base/cache_folder.ts";
import { withLock } from "./cache.ts";
import { run } from "./host.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Packages that bundles leave out: they are native, and only reading many results loads them. */
export const LEFT_OUT: readonly string[] = ["@duckdb/node-api"];

/** Bundles a module and all that it imports into the one file `to`, so the guest needs no network. */
export async function bundle(entry: string, to: string): Promise<void> {
  const argv = [
    ...[Deno.execPath(), "bundle", "--quiet", "--platform=deno"],
    ...LEFT_OUT.flatMap((name) => ["--external", name]),
    ...["--output", to, entry],
  ];
  // On a new machine, two bundles at once fail, as each unpacks the bundler to the same place.
  await withLock(`${cacheFolder("guest")}/bundle.lock`, {
    onWait: () => {},
    action: () => run(argv, { cwd: ROOT, env: { RUST_BACKTRACE: "0" } }),
  });
}
