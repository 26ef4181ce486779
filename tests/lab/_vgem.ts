import { exists } from "../../base/exists.ts";
import { type Descriptor, openFile } from "../../ffi/mod.ts";

const CARD = "/dev/dri/card0";
/** linux/drm.h: DRM_IOCTL_PRIME_FD_TO_HANDLE */
const FD_TO_HANDLE = 0xc00c642en;

/** Whether there is vgem, a device without hardware. */
export const HAS_DEVICE = exists(CARD);

const libc = Deno.dlopen("libc.so.6", {
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
});

/** Attaches vgem to a dma-buf and maps it, until it is disposed of. */
export function attachDevice(buffer: Descriptor): Disposable {
  using stack = new DisposableStack();
  const card = stack.use(openFile(CARD, { access: "read-write" }));
  const handle = Int32Array.of(0, 0, buffer.number);
  if (libc.symbols.ioctl(card.number, FD_TO_HANDLE, handle) < 0) {
    throw new Error(`${CARD} does not take ${buffer.name}`);
  }
  const owned = stack.move();
  return { [Symbol.dispose]: () => owned.dispose() };
}
