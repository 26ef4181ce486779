/**
 * A file from disk into device-shareable memory (a dma-buf, or a memfd), and back.
 *
 * @example
 * ```ts ignore
 * import { loadFile } from "dmacopy";
 *
 * using model = await loadFile("model.bin", { verify: true });
 * console.log(`${model.bytes} bytes by ${model.method}, descriptor ${model.buffer.share.number}`);
 * ```
 *
 * @module
 */
export * from "./copy/mod.ts";
export { Descriptor, Mapping, openFile, ShimError, SystemError } from "./ffi/mod.ts";
