/**
 * Measures the cost of the letter's uses in the lab, with the model's clock, and prints lines of JSON.
 *
 * @module
 */
import { buildShim } from "../../ffi/build_shim.ts";
import { runInLab } from "../../kernel/lab/mod.ts";

const GUEST = new URL("./uses_guest.ts", import.meta.url).pathname;

const result = await runInLab({
  kernel: "devices",
  clock: "model",
  shim: buildShim(),
  bundles: { "uses.js": GUEST },
  argv: ["deno", "run", "-A", "--no-remote", "/job/uses.js", "--camera"],
  onStdout: (data) => Deno.stdout.writeSync(data),
  onStderr: (data) => Deno.stderr.writeSync(data),
  onProgress: ({ what }) => console.error(what),
});
Deno.exitCode = result.status;
