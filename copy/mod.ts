/**
 * Moves bytes between files and device-shareable memory: the buffers, the methods, and the choice of
 * one.
 *
 * @module
 */
export type * from "./buffer.ts";
export { bufferKinds, createBuffer } from "./buffers/mod.ts";
export * from "./buffers/open_buffer.ts";
export * from "./checksum.ts";
export * from "./facts.ts";
export * from "./huge_pages.ts";
export * from "./load.ts";
export { loadFile } from "./load_file.ts";
export * from "./load_files.ts";
export { loadRanges } from "./load_ranges.ts";
export * from "./memory.ts";
export * from "./method.ts";
export * from "./methods/mod.ts";
export * from "./obstacles.ts";
export * from "./place.ts";
export { type LoadPlan, planLoad, type Rejected, type Wants } from "./plan.ts";
export { type SaveMethod } from "./plan_save.ts";
export * from "./recording.ts";
export * from "./save_buffer.ts";
export * from "./tuning.ts";
export * from "./verify_file.ts";
export * from "./watch.ts";
export type { Way } from "./way.ts";
