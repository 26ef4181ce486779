/**
 * The OS boundary: every call returns a value or throws a {@linkcode SystemError}. Offsets and sizes
 * are bigint, in bytes. No other room knows a system call, an ioctl or a struct's layout.
 *
 * @module
 */
export * from "./build_shim.ts";
export * from "./clock.ts";
export * from "./descriptor.ts";
export * from "./dma_buf.ts";
export * from "./file.ts";
export * from "./hash.ts";
export * from "./kernel_text.ts";
export type { LongCall } from "./long_call.ts";
export * from "./mapping.ts";
export * from "./memfd.ts";
export * from "./open_file.ts";
export * from "./page_cache.ts";
export * from "./pipe.ts";
export * from "./process.ts";
export * from "./reserve_descriptors.ts";
export * from "./ring.ts";
export * from "./socket.ts";
export * from "./system.ts";
export * from "./system_error.ts";
export * from "./transfer.ts";
export * from "./video.ts";
