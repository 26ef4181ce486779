import type { SharedBuffer } from "../copy/mod.ts";
import { exporterOf } from "../ffi/mod.ts";
import type { KeptBuffer } from "./contents.ts";

/**
 * The kind of a buffer according to the kernel, as a manifest may be wrong.
 *
 * @param heaps The heaps that this kernel has.
 * @throws {TypeError} if a device made it, as nobody else can make such a buffer
 */
export function originOf(
  { kind, share }: SharedBuffer,
  heaps: readonly string[],
): Pick<KeptBuffer, "kind" | "heap"> {
  if (kind === "memfd") return { kind, heap: null };
  const exporter = exporterOf(share);
  if (exporter === "udmabuf") return { kind: "udmabuf", heap: null };
  if (heaps.includes(exporter)) return { kind: "dmabuf", heap: exporter };
  throw new TypeError(
    `"${exporter}" made a buffer: only memfds, udmabufs and buffers of heaps can be restored`,
  );
}
