/**
 * Measures the CPU time of the call that stores a frame of 1920x1080 YUYV, from each kind of buffer,
 * in the lab by the model's clock: `deno run -A notebooks/measure/frames.ts`.
 *
 * @module
 */
import { buildShim } from "../../ffi/build_shim.ts";
import { runInLab } from "../../kernel/lab/mod.ts";

const { status } = await runInLab({
  clock: "model",
  shim: buildShim(),
  bundles: { "frames.js": new URL("./frames_guest.ts", import.meta.url).pathname },
  argv: ["deno", "run", "-A", "--no-remote", "/job/frames.js"],
  onStdout: (data) => Deno.stdout.writeSync(data),
  onStderr: (data) => Deno.stderr.writeSync(data),
  onProgress: ({ what }) => console.error(what),
});
Deno.exitCode = status;
