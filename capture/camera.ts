import type { SharedBuffer } from "../copy/mod.ts";
import {
  type Descriptor,
  type FrameStore,
  type PlaneMemory,
  type StoredFrames,
  VideoDevice,
} from "../ffi/mod.ts";
import { formatText, type FormatWish } from "./format.ts";

/** A source of frames. */
export interface Camera extends Disposable {
  /** The format, as `1920x1080@60:YUYV`. */
  readonly format: string;
  /** The largest size of each plane of a frame, in bytes. */
  readonly planeBytes: readonly number[];
  /** The distance from one line to the next in each plane, in bytes. */
  readonly lineBytes: readonly number[];
  /** The frames per second, if the device reports them. */
  readonly rate: number | null;
  /** Asks for this number of buffers, and returns the number granted. 0 frees them. */
  request(count: number): number;
  /** Queues a frame's buffers to be filled. */
  queue(index: number, buffers: readonly SharedBuffer[]): void;
  /** Starts or stops the stream. */
  stream(on: boolean): void;
  /** Stores frames as they come, and leaves those to the caller that it can't store. */
  store(options: BatchOptions): Promise<StoredFrames>;
}

/** Options of {@linkcode Camera.store}. */
export interface BatchOptions {
  /** The memory of each frame, a buffer for each plane, by the frame's index. */
  frames: readonly (readonly SharedBuffer[])[];
  /** The destination; null leaves the first frame to the caller. */
  to: FrameStore | null;
  /** The most frames to store. */
  count: number;
  /** The latest time to return, by `clockMs()`. */
  untilMs: number;
  /** The timestamp from which frames are too late, in nanoseconds. */
  endNs: bigint | null;
  /** Ends it when it can be read. */
  wake: Descriptor;
}

/**
 * Opens a device of V4L2.
 *
 * @throws {TypeError} if it does not support the wishes
 */
export function openCamera(path: string, wish: FormatWish = {}): Camera {
  using opening = new DisposableStack();
  const device = opening.use(new VideoDevice(path));
  const before = device.format();
  const wanted = {
    width: wish.width ?? before.width,
    height: wish.height ?? before.height,
    fourcc: wish.fourcc ?? before.fourcc,
  };
  const isTimed = wish.width !== undefined && device.takeTimings(wanted, wish.rate);
  const format = device.format(wanted);
  const rate = device.framesPerSecond(isTimed ? undefined : wish.rate);
  const text = formatText(format, rate);
  const wrong = format.width !== wanted.width || format.height !== wanted.height ||
    format.fourcc !== wanted.fourcc ||
    (wish.rate !== undefined && rate !== null && Math.abs(rate - wish.rate) > 0.01 * wish.rate);
  if (wrong) throw new TypeError(`${path} doesn't have that format: it offers ${text}`);
  const opened = opening.move();
  return {
    format: text,
    planeBytes: format.planes.map(({ bytes }) => bytes),
    lineBytes: format.planes.map(({ lineBytes }) => lineBytes),
    rate,
    request: (count) => device.request(count),
    queue: (index, buffers) => device.queue(index, buffers.map(({ share }) => share)),
    stream: (on) => device.stream(on),
    store: ({ frames, to, ...options }) =>
      device.store({ ring: frames.map((planes) => planes.map(memoryOf)), store: to, ...options }),
    [Symbol.dispose]: () => opened.dispose(),
  };
}

/** A dma-buf that has no other descriptor is never mapped for it. */
function memoryOf({ share, io, bytes, via, mapping }: SharedBuffer): PlaneMemory {
  return { share, io, bytes, address: via === "memfd" ? mapping.address : 0n };
}
