/**
 * Frames of a device, stored by the disk while the next are captured.
 *
 * @module
 */
export { capture } from "./capture.ts";
export type { Captured, CaptureOptions, CaptureProgress } from "./captured.ts";
export { formatText, type FormatWish, parseFormat } from "./format.ts";
export type { IndexedFrame } from "./index_file.ts";
export type { RingPlace } from "./ring.ts";
