/** `_limited_child.ts FILE`: loads FILE with little address space left, and prints what comes of it. */
import { loadFile } from "../../copy/mod.ts";
import { SystemError } from "../../ffi/mod.ts";
import { openDescriptors } from "../ffi/_fixtures.ts";

/** For what Deno itself needs. */
const SPARE_BYTES = 2 ** 28;

const [path = ""] = Deno.args;
// Starts what runs all the time.
await loadFile(import.meta.filename!, { to: "memfd" }).then((loaded) => loaded.buffer.close());
/** Those of the copy: Deno opens and closes others of its own. */
const ours = () =>
  openDescriptors().map((number) => Deno.readLinkSync(`/proc/self/fd/${number}`))
    .filter((name) => name.startsWith("/memfd:dmacopy") || name === path);
const before = ours().length;
const kib = /^VmSize:\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
const limit = Number(kib) * 1024 + SPARE_BYTES;
new Deno.Command("prlimit", { args: ["--pid", `${Deno.pid}`, `--as=${limit}`] }).outputSync();
try {
  using _ = await loadFile(path, { to: "memfd" });
  console.log("loaded");
} catch (error) {
  if (!(error instanceof SystemError)) throw error;
  console.log(`${error.code}, ${ours().length - before} descriptors left`);
}
