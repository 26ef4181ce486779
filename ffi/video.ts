import type { Descriptor } from "./descriptor.ts";
import { library } from "./_library.ts";
import { openFile } from "./open_file.ts";
import { SystemError, unwrap } from "./system_error.ts";

/** linux/videodev2.h */
const CAP_CAPTURE = 0x1;
const CAP_CAPTURE_MPLANE = 0x1000;
const CAP_STREAMING = 0x0400_0000;
const TYPE_CAPTURE = 1;
const TYPE_CAPTURE_MPLANE = 9;
const FLAG_ERROR = 0x40;
const MAX_PLANES = 8;
const HEAD = 4;
const ENOTTY = -25;
const FRAME_WORDS = HEAD + 2 * MAX_PLANES;
const NS_PER_MS = 1e6;
/** shim.c's `enum`s. */
const PLANE_FACTS = 4;
const [COUNT, FAILED] = [10, 12];
const IN_HAND = 2;
const CALLS = ["poll", "VIDIOC_DQBUF", "VIDIOC_QBUF"];
/** The end of time, in nanoseconds. */
const NEVER_NS = 2n ** 63n - 1n;

/** A plane of a format. */
export interface VideoPlane {
  /** The largest size of the plane in a frame, in bytes. */
  bytes: number;
  /** The distance from one line to the next in bytes; 0 if frames are compressed. */
  lineBytes: number;
}

/** A format of frames. */
export interface VideoFormat {
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** Four characters, as "YUYV". */
  fourcc: string;
  /** The planes: one, except for multi-planar devices. */
  planes: readonly VideoPlane[];
}

/** A frame in a buffer that was queued. */
export interface VideoFrame {
  /** The buffer's index. */
  index: number;
  /** The driver's count of frames: gaps mean lost frames. */
  sequence: number;
  /** The time of the frame in nanoseconds of the driver's clock. */
  timestampNs: bigint;
  /** Whether the driver marked its content as possibly damaged. */
  isDamaged: boolean;
  /** The place of each plane's data in its buffer, in bytes. */
  planes: readonly { offset: number; bytes: number }[];
}

/** The memory of a plane of a frame. */
export interface PlaneMemory {
  /** The dma-buf that the device gets. */
  share: Descriptor;
  /** The descriptor that copy_file_range(2) reads. */
  io: Descriptor;
  /** The address of its mapping; 0 without one. */
  address: bigint;
  /** Its size. */
  bytes: bigint;
}

/** Where frames go to. */
export interface FrameStore {
  /** The file. */
  file: Descriptor;
  /** The way there: out of the mapping, or out of the buffer's descriptor. */
  method: "write" | "copy_file_range";
  /** Each plane begins at a multiple of it. */
  alignBytes: bigint;
  /** Where the next one begins. */
  position: bigint;
  /** Where the file ends that there is space for. */
  limit: bigint;
}

/** The options of {@linkcode VideoDevice.store}. */
export interface StoreOptions {
  /** The memory of each frame's planes, by the frame's index. */
  ring: readonly (readonly PlaneMemory[])[];
  /** The destination; null leaves the first frame to the caller. */
  store: FrameStore | null;
  /** How many frames at most. */
  count: number;
  /** Until when at most, by {@linkcode clockMs}. */
  untilMs: number;
  /** The timestamp from which frames are too late, in nanoseconds. */
  endNs: bigint | null;
  /** Ends it when it can be read. */
  wake: Descriptor;
}

/** The result of {@linkcode VideoDevice.store}. */
export interface StoredFrames {
  /** The frames that are in the file, in order, and queued again. */
  stored: VideoFrame[];
  /** A frame that it left to the caller: not stored and not queued. */
  inHand: VideoFrame | null;
  /** The error that ended it, usually of the device. */
  error: SystemError | null;
}

/** A capture device of V4L2 whose frames go into dma-bufs; see "V4L2_MEMORY_DMABUF". */
export class VideoDevice implements Disposable {
  /** The descriptor to wait for. */
  readonly descriptor: Descriptor;
  readonly #type: number;
  #planes = 1;

  /**
   * Opens a device.
   *
   * @throws {SystemError} `ENOENT`, `EBUSY`; `ENOTTY` if it is not a video device
   * @throws {TypeError} if it does not capture frames
   */
  constructor(path: string) {
    using opening = new DisposableStack();
    const options = { access: "read-write", nonblocking: true } as const;
    this.descriptor = opening.use(openFile(path, options));
    const out = new Uint32Array(1);
    const result = library().video_capabilities(this.descriptor.number, out);
    if (result === ENOTTY) throw new TypeError(`${path} is not a video device`);
    unwrap(result, this.#error("VIDIOC_QUERYCAP"));
    const [can = 0] = out;
    if (!(can & (CAP_CAPTURE | CAP_CAPTURE_MPLANE)) || !(can & CAP_STREAMING)) {
      throw new TypeError(`${path} doesn't stream frames: is it another node of the device?`);
    }
    this.#type = can & CAP_CAPTURE ? TYPE_CAPTURE : TYPE_CAPTURE_MPLANE;
    opening.move();
  }

  #error(call: string) {
    const { name } = this.descriptor;
    return { call, subject: name, path: name };
  }

  /** Sets the format if there is a wish, and returns it: the device may choose another. */
  format(wish?: Pick<VideoFormat, "width" | "height" | "fourcc">): VideoFormat {
    const io = new Uint32Array(HEAD + 2 * MAX_PLANES);
    if (wish) io.set([wish.width, wish.height, encodeFourcc(wish.fourcc)]);
    const { number } = this.descriptor;
    const result = library().video_format(number, this.#type, wish ? 1 : 0, io);
    unwrap(result, this.#error(wish ? "VIDIOC_S_FMT" : "VIDIOC_G_FMT"));
    const [width = 0, height = 0, code = 0, count = 0] = io;
    this.#planes = count;
    const planes = Array.from({ length: count }, (_, i) => ({
      bytes: io[HEAD + 2 * i]!,
      lineBytes: io[HEAD + 2 * i + 1]!,
    }));
    return { width, height, fourcc: decodeFourcc(code), planes };
  }

  /** Sets the frames per second if there is a wish, and returns them: the device may choose others; null if unknown. */
  framesPerSecond(wish?: number): number | null {
    const io = Uint32Array.of(...(wish ? [1000, Math.round(wish * 1000)] : [0, 0]));
    const result = library().video_rate(this.descriptor.number, this.#type, wish ? 1 : 0, io);
    if (result === ENOTTY) return null;
    unwrap(result, this.#error(wish ? "VIDIOC_S_PARM" : "VIDIOC_G_PARM"));
    const [numerator = 0, denominator = 0] = io;
    return numerator > 0 ? denominator / numerator : null;
  }

  /**
   * Makes an input such as HDMI use the timings of that size and rate.
   *
   * @returns whether the input has timings at all
   * @throws {SystemError} `ENODATA` if it has no such timings
   */
  takeTimings({ width, height }: { width: number; height: number }, rate?: number): boolean {
    const per1000s = Math.round((rate ?? 0) * 1000);
    const { number } = this.descriptor;
    const result = library().video_timings(number, width, height, per1000s);
    if (result === ENOTTY) return false;
    unwrap(result, this.#error("VIDIOC_S_DV_TIMINGS"));
    return true;
  }

  /** Asks for this number of buffers, and returns the number that the driver grants; 0 frees them. */
  request(count: number): number {
    const result = library().video_request(this.descriptor.number, this.#type, count);
    return unwrap(result, this.#error("VIDIOC_REQBUFS"));
  }

  /**
   * Gives the device dma-bufs to fill, one for each plane.
   *
   * @throws {SystemError} if the driver can't use such buffers
   */
  queue(index: number, dmaBufs: readonly Descriptor[]): void {
    const fds = Int32Array.from(dmaBufs, ({ number }) => number);
    const { number } = this.descriptor;
    const result = library().video_queue(number, this.#type, index, fds, fds.length);
    unwrap(result, this.#error("VIDIOC_QBUF"));
  }

  #frame(words: BigInt64Array): VideoFrame {
    const planes = [];
    for (let i = 0; i < this.#planes; i++) {
      const offset = Number(words[HEAD + 2 * i]);
      planes.push({ offset, bytes: Number(words[HEAD + 2 * i + 1]) - offset });
    }
    return {
      index: Number(words[0]),
      sequence: Number(words[1]),
      timestampNs: words[3]!,
      isDamaged: (Number(words[2]) & FLAG_ERROR) !== 0,
      planes,
    };
  }

  /**
   * Stores frames as they come, each where the last one ended and padded to the alignment by what its
   * buffer has there, and gives their buffers back to the device: on a thread of its own. A frame that
   * is damaged, too late, or does not go to the file in one go is left to the caller.
   */
  async store({ ring, store, count, untilMs, endNs, wake }: StoreOptions): Promise<StoredFrames> {
    const io = BigInt64Array.of(
      ...[this.descriptor.number, this.#type, this.#planes, wake.number].map(BigInt),
      BigInt(store?.file.number ?? -1),
      store?.method === "copy_file_range" ? 1n : 0n,
      ...[store?.alignBytes ?? 1n, store?.position ?? 0n, store?.limit ?? 0n, endNs ?? NEVER_NS],
      ...[BigInt(count), BigInt(Math.ceil(untilMs * NS_PER_MS)), 0n],
    );
    const out = new BigInt64Array(FRAME_WORDS * count);
    const result = await library().video_store_async(io, ringWords(ring), out);
    const stored = Number(io[COUNT]);
    const frame = (i: number) => this.#frame(out.subarray(FRAME_WORDS * i, FRAME_WORDS * (i + 1)));
    const call = CALLS[Number(io[FAILED])]!;
    return {
      stored: Array.from({ length: stored }, (_, i) => frame(i)),
      inHand: result === IN_HAND ? frame(stored) : null,
      error: result < 0 ? new SystemError(-result, this.#error(call)) : null,
    };
  }

  /** Starts or stops the frames; the stop returns the queued buffers. */
  stream(on: boolean): void {
    const result = library().video_stream(this.descriptor.number, this.#type, on ? 1 : 0);
    unwrap(result, this.#error(on ? "VIDIOC_STREAMON" : "VIDIOC_STREAMOFF"));
  }

  /** Closes it, which stops it. */
  [Symbol.dispose](): void {
    this.descriptor.close();
  }
}

function ringWords(ring: StoreOptions["ring"]): BigInt64Array<ArrayBuffer> {
  const words = new BigInt64Array(ring.length * MAX_PLANES * PLANE_FACTS);
  for (const [index, planes] of ring.entries()) {
    for (const [i, { share, io, address, bytes }] of planes.entries()) {
      const facts = [BigInt(share.number), BigInt(io.number), address, bytes];
      words.set(facts, (index * MAX_PLANES + i) * PLANE_FACTS);
    }
  }
  return words;
}

function encodeFourcc(text: string): number {
  const [a = 32, b = 32, c = 32, d = 32] = new TextEncoder().encode(text);
  return (a | b << 8 | c << 16 | d << 24) >>> 0;
}

function decodeFourcc(code: number): string {
  return String.fromCharCode(...[0, 8, 16, 24].map((bits) => code >>> bits & 0x7f)).trimEnd();
}
