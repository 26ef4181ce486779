/**
 * Moving bytes between files and device-shareable memory: the buffers, the methods, and which to
 * take.
 *
 * @module
 */
export type * from "./buffer.ts";
export * from "./buffers/mod.ts";
export * from "./checksum.ts";
export * from "./huge_pages.ts";
export type * from "./method.ts";
export * from "./methods/mod.ts";
