import { run } from "./host.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Bundles a module and all that it imports into the one file `to`, so the guest needs no network. */
export async function bundle(entry: string, to: string): Promise<void> {
  await run([Deno.execPath(), "bundle", "--quiet", "--platform=deno", "--output", to, entry], {
    cwd: ROOT,
    env: { RUST_BACKTRACE: "0" },
  });
}
