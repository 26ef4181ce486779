import type { SharedBuffer } from "../copy/mod.ts";
import { exporterOf, listHeaps } from "../ffi/mod.ts";
import type { KeptBuffer } from "./contents.ts";

/**
 * What made a buffer, as the kernel says: a manifest may be mistaken.
 *
 * @throws {TypeError} if it is a device's own, which nobody else can make
 */
export function originOf({ kind, share }: SharedBuffer): Pick<KeptBuffer, "kind" | "heap"> {
  if (kind === "memfd") return { kind, heap: null };
  const exporter = exporterOf(share);
  if (exporter === "udmabuf") return { kind: "udmabuf", heap: null };
  if (listHeaps().includes(exporter)) return { kind: "dmabuf", heap: exporter };
  throw new TypeError(
    `a buffer is of "${exporter}": only memfds, udmabufs and buffers of heaps can be restored`,
  );
}
