import { works } from "./_works.ts";

/** Whether this user may make devices of files, and mount them. */
export function mayMountImages(): boolean {
  return Deno.uid() === 0 && works("unshare", ["--mount", "true"]) &&
    works("losetup", ["--find"]) && works("mke2fs", ["-V"]);
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
