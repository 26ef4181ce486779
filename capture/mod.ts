/**
 * Stores frames of a device on the disk while it captures the next ones.
 *
 * @module
 */
export { capture } from "./capture.ts";
export type { Captured, CaptureOptions, CaptureProgress } from "./captured.ts";
export { formatText, type FormatWish, parseFormat } from "./format.ts";
export type { IndexedFrame } from "./index_file.ts";
export type { RingPlace } from "./ring.ts";
