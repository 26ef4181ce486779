/** `_save_child.ts FROM TO CHUNK MOMENT`: saves what is in FROM, and kills itself on the way. */
import { loadFile, saveBuffer } from "../../copy/mod.ts";

const [from = "", to = "", chunk = "", moment = ""] = Deno.args;
const die = () => Deno.kill(Deno.pid, "SIGKILL");

const { renameSync } = Deno;
Deno.renameSync = (...args) => {
  if (moment === "named") die();
  renameSync(...args);
  if (moment === "renamed") die();
};

let chunks = 0;
using loaded = await loadFile(from, { to: "memfd" });
await saveBuffer(loaded.buffer, to, {
  bytes: loaded.bytes,
  chunkBytes: BigInt(chunk),
  depth: 1,
  onProgress: () => String(++chunks) === moment ? die() : undefined,
});
