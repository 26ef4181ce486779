/**
 * Measures loads into one buffer of the heap, of several sizes and of large and small pages, in the
 * lab by the model's clock, and prints lines of JSON. `--whole` or `--fragment` measures one of both.
 *
 * @module
 */
import { buildShim } from "../../ffi/build_shim.ts";
import { runInLab } from "../../kernel/lab/mod.ts";

const GUEST = new URL("./heap_guest.ts", import.meta.url).pathname;

/**
 * Memory is fragmented by taking all of it and giving back a half. Its first owner after that pays for
 * more than later ones, so each size has a guest of its own.
 */
const CASES = [
  { mode: "--whole", sizes: [3072, 2048, 1024, 512], memoryMiB: 5120 },
  { mode: "--fragment", sizes: [1024], memoryMiB: 5120 },
  { mode: "--fragment", sizes: [4096], memoryMiB: 10240 },
];

const [only] = Deno.args;

for (const { mode, sizes, memoryMiB } of CASES) {
  if (only !== undefined && only !== mode) continue;
  console.log(mode);
  const { status } = await runInLab({
    clock: "model",
    shim: buildShim(),
    memoryMiB,
    modelBytes: Math.max(...sizes) * 2 ** 20,
    bundles: { "heap.js": GUEST },
    argv: ["deno", "run", "-A", "--no-remote", "/job/heap.js", mode, ...sizes.map(String)],
    onStdout: (data) => Deno.stdout.writeSync(data),
    onStderr: (data) => Deno.stderr.writeSync(data),
    onProgress: ({ what }) => console.error(what),
  });
  Deno.exitCode = status;
  if (status !== 0) break;
}
