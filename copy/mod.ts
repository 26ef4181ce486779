/**
 * Moving bytes between files and device-shareable memory: the buffers, the methods, and which to
 * take.
 *
 * @module
 */
export type * from "./buffer.ts";
export { createAnonymousBuffer } from "./buffers/anonymous.ts";
export * from "./buffers/mod.ts";
export * from "./buffers/open_buffer.ts";
export * from "./checksum.ts";
export * from "./huge_pages.ts";
export { loadFile } from "./load_file.ts";
export * from "./load_files.ts";
export { loadRanges } from "./load_ranges.ts";
export type { FileRange, LoadedFile, LoadFileOptions, Progress } from "./load_ranges.ts";
export { type LoadMethod } from "./methods/reader.ts";
export type * from "./method.ts";
export * from "./methods/mod.ts";
export * from "./place.ts";
export * from "./plan.ts";
export * from "./probe.ts";
export * from "./save_buffer.ts";
export * from "./support.ts";
export * from "./watch.ts";
export type { Descriptor, FileStatus, Usage } from "../ffi/mod.ts";
export {
  clockMs,
  dropFromCache,
  fileStatus,
  Hash,
  openFile,
  pageBytes,
  residentPages,
  sync,
  SystemError,
  usage,
} from "../ffi/mod.ts";
