import type { SaveMethod } from "../copy/mod.ts";
import type { FormatWish } from "./format.ts";
import type { RingPlace } from "./ring.ts";

/** Options of `capture()`. */
export interface CaptureOptions {
  /** End after this number of frames. @default never */
  frames?: number | undefined;
  /** End after this number of seconds, by the frames' timestamps. @default never */
  seconds?: number | undefined;
  /** The number of frames in the ring. @default 8 */
  ring?: number | undefined;
  /** The format of the frames. @default the device's current one */
  format?: FormatWish | undefined;
  /** The kind of the ring's buffers. @default the first that the device takes */
  buffer?: RingPlace | undefined;
  /** Whether to bypass the page cache: true insists. @default where possible */
  direct?: boolean | undefined;
  /** The longest time to wait for a frame, in milliseconds. @default 10 s */
  patienceMs?: number | undefined;
  /** Called about every two seconds, and after frames that were not stored in the usual way. */
  onProgress?: ((progress: CaptureProgress) => void) | undefined;
  /** Ends the capture: its frames are kept. */
  signal?: AbortSignal | undefined;
}

/** The progress of a capture. */
export interface CaptureProgress {
  /** The number of stored frames. */
  frames: number;
  /** The number of frames that the driver dropped. */
  dropped: number;
  /** The bytes of the stored frames. */
  bytes: bigint;
  /** The time since the call. */
  elapsedMs: number;
}

/** The result of `capture()`. */
export interface Captured extends CaptureProgress {
  /** The file. */
  path: string;
  /** The index beside it. */
  indexPath: string;
  /** The format, as `1920x1080@60:YUYV`. */
  format: string;
  /** The kind of the ring's buffers, as "udmabuf". */
  buffer: string;
  /** How many frames there is memory for. */
  ring: number;
  /** Frames that the device marked as damaged: they are not in the file. */
  damaged: number;
  /** The method that moved the bytes. */
  method: SaveMethod;
  /** Whether the page cache was bypassed. */
  direct: boolean;
  /** The CPU time of this process during the capture, in user and kernel mode. */
  cpuMs: number;
  /** The error that ended it early, if any: the stored frames are kept. */
  failure: Error | null;
  /** Notes about steps that did not go as planned. */
  notes: readonly string[];
}
