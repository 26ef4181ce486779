import { works } from "./_works.ts";

/** Whether this user may make devices of files, and mount them: both are tried, with an image of 1 MiB. */
export function mayMountImages(): boolean {
  if (Deno.uid() !== 0) return false;
  const image = Deno.makeTempFileSync({ prefix: "dmacopy-test-" });
  try {
    if (!works("mke2fs", ["-q", "-F", image, "1m"])) return false;
    using device = loopDevice(image);
    return works("unshare", ["--mount", "mount", device.path, "/mnt"]);
  } catch (error) {
    console.warn(`${error}: tests that need a loop device are ignored`);
    return false;
  } finally {
    Deno.removeSync(image);
  }
}

/**
 * Makes a block device of an image; disposed of, it ends with its last mount. mount -o loop would keep
 * it open for writing, which forbids to mount it on some kernels (CONFIG_BLK_DEV_WRITE_MOUNTED).
 */
export function loopDevice(image: string, ...options: string[]): { path: string } & Disposable {
  const path = losetup("--find", "--show", ...options, image).trim();
  return { path, [Symbol.dispose]: () => void losetup("--detach", path) };
}

function losetup(...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command("losetup", { args }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`losetup ${args.join(" ")}: ${text(stderr)}`);
  return text(stdout);
}
