import { spawn, SystemError, textMemfd, waitFor } from "../ffi/mod.ts";
import { FIRST_DESCRIPTOR } from "./_inherited.ts";
import type { Handed } from "./serve.ts";

/** The characters that sd_listen_fds(3) does not allow in a name: it takes printable ASCII without colons. */
const NO_NAME = /[^ -9;-~]/g;
const NAME_LENGTH = 255;

/** Options of {@linkcode runWithBuffers}. */
export interface RunOptions {
  /** Called when the program runs. */
  onStart?: (pid: number) => void;
}

/**
 * Runs a program with this process's standard streams, and with the buffers as its descriptors from 3
 * on. Its environment lists them twice: for sd_listen_fds(3), and as `DMACOPY_FD` and `DMACOPY_SIZE`,
 * which are separated by spaces. `DMACOPY_MANIFEST` is the number of one more descriptor, a sealed
 * memfd that holds the manifest as JSON.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadFile, manifestOf, runWithBuffers } from "dmacopy";
 *
 * using model = await loadFile("/etc/passwd", { to: "memfd" });
 * const handed = { buffers: [model.buffer], manifest: manifestOf([model]) };
 * const script = 'head -c "$DMACOPY_SIZE" <&3 | cmp - /etc/passwd';
 * assertEquals(await runWithBuffers(["sh", "-c", script], handed), 0);
 * ```
 *
 * @returns its exit status: 128 plus the signal's number if a signal ended it, as in a shell
 * @throws {SystemError} if it can't be run
 * @throws {Error} if there is no such program
 */
export async function runWithBuffers(
  argv: readonly string[],
  { buffers, manifest, ...options }: Handed & RunOptions,
): Promise<number> {
  const pid = start(argv, { buffers, manifest });
  options.onStart?.(pid);
  return Number(await waitFor(pid).async());
}

function start(argv: readonly string[], { buffers, manifest }: Handed): number {
  using text = textMemfd("manifest", JSON.stringify(manifest));
  const names = manifest.buffers.map(({ name }) => name.replace(NO_NAME, "_"));
  try {
    return spawn(argv, {
      env: {
        ...Deno.env.toObject(),
        LISTEN_FDS: String(buffers.length),
        LISTEN_FDNAMES: names.map((name) => name.slice(0, NAME_LENGTH)).join(":"),
        DMACOPY_FD: buffers.map((_, i) => FIRST_DESCRIPTOR + i).join(" "),
        DMACOPY_SIZE: manifest.buffers.map(({ bytes }) => bytes).join(" "),
        DMACOPY_MANIFEST: String(FIRST_DESCRIPTOR + buffers.length),
      },
      descriptors: [...buffers.map(({ share }) => share), text],
    });
  } catch (cause) {
    if (!(cause instanceof SystemError && cause.code === "ENOENT")) throw cause;
    throw new Error(`can't run ${argv[0]}: there is no such program`, { cause });
  }
}
