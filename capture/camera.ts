import type { SharedBuffer } from "../copy/mod.ts";
import { type Descriptor, VideoDevice, type VideoFrame, waitToRead } from "../ffi/mod.ts";
import { formatText, type FormatWish } from "./format.ts";

/** What frames come from. */
export interface Camera extends Disposable {
  /** As `1920x1080@60:YUYV`. */
  readonly format: string;
  /** What a frame of each plane takes at most, in bytes. */
  readonly planeBytes: readonly number[];
  /** From one line to the next, in each plane, in bytes. */
  readonly lineBytes: readonly number[];
  /** Frames a second, where the device says. */
  readonly rate: number | null;
  /** Makes room for so many buffers; returns for how many. 0 gives them back. */
  request(count: number): number;
  /** Has a frame's buffers filled. */
  queue(index: number, buffers: readonly SharedBuffer[]): void;
  /** Starts or stops. */
  stream(on: boolean): void;
  /** The next frame; null if `wake` or the time came first. */
  next(options: { wake: Descriptor; timeoutMs: number }): Promise<VideoFrame | null>;
}

/**
 * Opens a device of V4L2.
 *
 * @throws {TypeError} if it can't do what is wished
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
    async next(options) {
      return device.dequeue() ??
        (await waitToRead(device.descriptor, options) ? device.dequeue() : null);
    },
    [Symbol.dispose]: () => opened.dispose(),
  };
}
