import type { SaveMethod } from "../copy/mod.ts";
import type { FormatWish } from "./format.ts";
import type { RingPlace } from "./ring.ts";

/** Options of `capture()`. */
export interface CaptureOptions {
  /** End after so many frames. @default never */
  frames?: number | undefined;
  /** End after so many seconds, by the frames' times. @default never */
  seconds?: number | undefined;
  /** How many frames there is memory for. @default 8 */
  ring?: number | undefined;
  /** What frames are to look like. @default as the device has it */
  format?: FormatWish | undefined;
  /** What the ring is made of. @default what the device takes */
  buffer?: RingPlace | undefined;
  /** Whether to bypass the page cache: true insists. @default where possible */
  direct?: boolean | undefined;
  /** How long to wait for a frame, in milliseconds. @default 10 s */
  patienceMs?: number | undefined;
  /** Called about every two seconds, and after frames that took more than the usual way. */
  onProgress?: ((progress: CaptureProgress) => void) | undefined;
  /** Ends it: what is captured is kept. */
  signal?: AbortSignal | undefined;
}

/** How far a capture has come. */
export interface CaptureProgress {
  /** Frames stored. */
  frames: number;
  /** Frames that the device took and we did not get. */
  dropped: number;
  /** Their bytes. */
  bytes: bigint;
  /** Since the call. */
  elapsedMs: number;
}

/** What `capture()` did. */
export interface Captured extends CaptureProgress {
  /** The file. */
  path: string;
  /** The index beside it. */
  indexPath: string;
  /** As `1920x1080@60:YUYV`. */
  format: string;
  /** What the ring is made of, as "udmabuf". */
  buffer: string;
  /** How many frames there is memory for. */
  ring: number;
  /** Frames that the device marked as damaged: they are not in the file. */
  damaged: number;
  /** The way that the bytes went. */
  method: SaveMethod;
  /** Whether the page cache was bypassed. */
  direct: boolean;
  /** The CPU time of this process meanwhile, in user and kernel mode. */
  cpuMs: number;
  /** What ended it before its time, where something failed: what is stored is kept even so. */
  failure: Error | null;
  /** What did not go as planned, and why. */
  notes: readonly string[];
}
