import { roundUp } from "../base/round_up.ts";
import { Recording, type SharedBuffer } from "../copy/mod.ts";
import { clockMs, createPipe, SystemError, usage, type VideoFrame } from "../ffi/mod.ts";
import type { Camera } from "./camera.ts";
import type { Captured, CaptureOptions } from "./captured.ts";
import { type IndexedFrame, IndexFile } from "./index_file.ts";
import { makeRing, type Ring } from "./ring.ts";

const RING = 8;
const PATIENCE_MS = 10_000;
/** The interval at which stored frames are synced to the disk and listed in the index. */
const SYNC_EVERY_MS = 2000;
/** The most frames that the thread reports at once. */
const BATCH = 512;
const PIPE_BYTES = 4096;
const SECOND_NS = 1e9;
const SEQUENCES = 2 ** 32;

/** Records the frames of a camera; see {@linkcode capture}. */
export async function record(
  camera: Camera,
  path: string,
  options: CaptureOptions,
): Promise<Captured> {
  const indexPath = `${path}.jsonl`;
  using cleanup = new DisposableStack();
  const ring = cleanup.use(await makeRing(camera, options.ring ?? RING, options.buffer));
  const file = cleanup.use(new Recording(path, options));
  let index: IndexFile;
  try {
    index = cleanup.use(new IndexFile(indexPath));
  } catch (error) {
    Deno.removeSync(path);
    throw error;
  }
  const recorder = new Recorder({ camera, ring, file, index }, options);
  const result = await recorder.run();
  if (result.failure && result.frames === 0) {
    for (const made of [path, indexPath]) Deno.removeSync(made);
    throw result.failure;
  }
  const [buffer] = ring.frames[0] ?? [];
  return {
    ...{ path, indexPath, format: camera.format, buffer: buffer?.kind ?? "" },
    ring: ring.frames.length,
    method: file.method,
    direct: file.direct,
    ...result,
    notes: [...ring.notes, ...(file.fallback ? [`not direct: ${file.fallback}`] : [])],
  };
}

/** A plane's data, in its buffer and in the file, in bytes. */
interface PlacedPlane {
  offset: number;
  bytes: number;
  fileOffset: bigint;
}

/** The parts that a {@linkcode Recorder} works with. */
interface Parts {
  camera: Camera;
  ring: Ring;
  file: Recording;
  index: IndexFile;
}

/** One capture. */
class Recorder {
  readonly #parts: Parts;
  readonly #options: CaptureOptions;
  readonly #startMs = clockMs();
  readonly #startCpuMs = cpuMs();
  readonly #wake = createPipe(PIPE_BYTES);
  readonly #frameBytes: bigint;
  /** Frames that are stored but not yet synced. */
  #fresh: IndexedFrame[] = [];
  #syncing: Promise<void> | null = null;
  /** Where the next frame goes. */
  #end = 0n;
  #frames = 0;
  #bytes = 0n;
  #dropped = 0;
  #damaged = 0;
  #lastSequence: number | null = null;
  #lastMs = clockMs();
  #endNs: bigint | null = null;
  #failure: Error | null = null;

  constructor(parts: Parts, options: CaptureOptions) {
    this.#parts = parts;
    this.#options = options;
    const align = parts.file.alignBytes;
    const sum = (all: bigint, bytes: number) => all + roundUp(BigInt(bytes), align);
    this.#frameBytes = parts.camera.planeBytes.reduce(sum, 0n);
  }

  async run() {
    const { camera } = this.#parts;
    const { signal } = this.#options;
    const stop = () => this.#wake.writeEnd.close();
    signal?.addEventListener("abort", stop);
    try {
      await this.#reserve();
      camera.stream(true);
      this.#lastMs = clockMs();
      await this.#loop();
    } catch (error) {
      this.#fail(error);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    await this.#syncing;
    // The queued buffers come back: the device writes to them no more.
    try {
      camera.stream(false);
    } catch (error) {
      this.#fail(error);
    }
    await this.#finish();
    this.#wake[Symbol.dispose]();
    return {
      ...{ frames: this.#frames, dropped: this.#dropped, damaged: this.#damaged },
      ...{ bytes: this.#bytes, failure: this.#failure },
      elapsedMs: clockMs() - this.#startMs,
      cpuMs: cpuMs() - this.#startCpuMs,
    };
  }

  /** Cuts off frames that could not be added to the index. */
  async #finish(): Promise<void> {
    const { file } = this.#parts;
    try {
      await file.finish(this.#end);
      // The disk may have room again for lines of the index that did not fit before.
      await this.#tell();
    } catch (error) {
      this.#fail(error);
    }
    const [first] = this.#fresh;
    if (!first) return;
    this.#frames -= this.#fresh.length;
    this.#bytes -= BigInt(this.#fresh.reduce((sum, { bytes }) => sum + bytes, 0));
    try {
      await file.finish(BigInt(first.offset));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!(error instanceof Error)) throw error;
    this.#failure ??= error;
    this.#wake.writeEnd.close();
  }

  /** Reserves all space that is needed if that is known, else some space ahead. */
  async #reserve(): Promise<void> {
    const { frames, seconds } = this.#options;
    const { file, camera: { rate } } = this.#parts;
    const count = frames ?? (seconds && rate ? Math.ceil(seconds * rate) : null);
    if (count !== null) await file.reserve(this.#frameBytes * BigInt(count), { exactly: true });
    // A camera may be faster than it says.
    if (frames === undefined) await this.#reserveAhead();
  }

  async #reserveAhead(): Promise<void> {
    await this.#parts.file.reserve(this.#end + this.#frameBytes, { exactly: false });
  }

  #isOver(): boolean {
    const { frames = Infinity, signal } = this.#options;
    return this.#frames >= frames || this.#failure !== null || signal?.aborted === true;
  }

  /** Counts and reports the frames, which another thread stores. */
  async #loop(): Promise<void> {
    const { camera, file, ring } = this.#parts;
    const { frames = Infinity, patienceMs = PATIENCE_MS } = this.#options;
    while (!this.#isOver()) {
      // Once the first one has shown it.
      const way = file.way(ring.frames[0]?.[0]?.via ?? "memfd");
      const { alignBytes, reservedBytes: limit } = file;
      const position = this.#end;
      const { stored, inHand, error } = await camera.store({
        frames: ring.frames,
        to: way && { ...way, alignBytes, position, limit },
        count: Math.min(BATCH, frames - this.#frames),
        untilMs: Math.min(clockMs() + SYNC_EVERY_MS, this.#lastMs + patienceMs),
        endNs: this.#endNs,
        wake: this.#wake.readEnd,
      });
      for (const frame of stored) this.#note(frame);
      way?.moved(this.#end - position);
      const isSilent = stored.length === 0 && !inHand;
      if (inHand && !await this.#take(inHand)) return;
      if (error) throw error;
      if (this.#isOver()) return;
      if (isSilent && clockMs() - this.#lastMs >= patienceMs) {
        throw new Error(`the device sent no frame for ${patienceMs / 1000} s`);
      }
      this.#tellProgress();
      await this.#reserveAhead();
      // The time that this process takes does not count as the device's.
      if (!isSilent) this.#lastMs = clockMs();
    }
  }

  /** Handles a frame that the thread left: stores it unless it is damaged; false if it is too late. */
  async #take(frame: VideoFrame): Promise<boolean> {
    const { camera, file, ring } = this.#parts;
    const { seconds } = this.#options;
    if (seconds !== undefined) {
      this.#endNs ??= frame.timestampNs + BigInt(Math.round(seconds * SECOND_NS));
    }
    if (this.#endNs !== null && frame.timestampNs >= this.#endNs) return false;
    if (frame.isDamaged) {
      this.#count(frame);
      this.#damaged++;
    } else {
      const { planes, end } = this.#placesOf(frame);
      if (end > file.reservedBytes) await file.reserve(end, { exactly: false });
      const buffers = ring.frames[frame.index]!;
      await Promise.all(planes.map((place, i) => this.#write(buffers[i]!, place)));
      this.#note(frame);
    }
    if (!this.#isOver()) camera.queue(frame.index, ring.frames[frame.index]!);
    return true;
  }

  /** Counts a frame, and those before it that are missing. */
  #count({ sequence }: VideoFrame): void {
    if (this.#lastSequence !== null) {
      // The driver's count has 32 bits. Some give a number twice: that is not a step ahead.
      const step = (sequence - this.#lastSequence + SEQUENCES) % SEQUENCES;
      if (step > 0 && step < SEQUENCES / 2) this.#dropped += step - 1;
    }
    this.#lastSequence = sequence;
  }

  #placesOf(frame: VideoFrame): { planes: PlacedPlane[]; end: bigint } {
    const align = this.#parts.file.alignBytes;
    const planes = [];
    let end = this.#end;
    for (const { offset, bytes } of frame.planes) {
      planes.push({ offset, bytes, fileOffset: end });
      end += roundUp(BigInt(bytes), align);
    }
    return { planes, end };
  }

  async #write(
    buffer: SharedBuffer,
    { offset, bytes, fileOffset }: PlacedPlane,
  ): Promise<void> {
    if (bytes === 0) return;
    const { file } = this.#parts;
    // The padding of a frame is the content of its buffer there.
    const padded = roundUp(BigInt(bytes), file.alignBytes);
    const fits = BigInt(offset) + padded <= buffer.bytes;
    await file.write(buffer, {
      fileOffset,
      bufferOffset: BigInt(offset),
      bytes: fits ? padded : BigInt(bytes),
    });
  }

  /** Counts a frame that is in the file, behind the last one. */
  #note(frame: VideoFrame): void {
    const { camera: { format, lineBytes } } = this.#parts;
    this.#count(frame);
    const { planes: places, end } = this.#placesOf(frame);
    this.#end = end;
    const planes = places.map(({ fileOffset, bytes }) => ({ offset: Number(fileOffset), bytes }));
    const bytes = planes.reduce((sum, plane) => sum + plane.bytes, 0);
    const indexed: IndexedFrame = {
      sequence: frame.sequence,
      timestampNs: Number(frame.timestampNs),
      offset: planes[0]?.offset ?? 0,
      bytes,
      format,
      lineBytes,
    };
    this.#fresh.push(planes.length > 1 ? { ...indexed, planes } : indexed);
    this.#frames++;
    this.#bytes += BigInt(bytes);
  }

  #tellProgress(): void {
    const { onProgress } = this.#options;
    onProgress?.({
      ...{ frames: this.#frames, dropped: this.#dropped, bytes: this.#bytes },
      elapsedMs: clockMs() - this.#startMs,
    });
    this.#syncing ??= this.#syncNow().catch((error) => this.#fail(error))
      .finally(() => this.#syncing = null);
  }

  /** Syncs the stored frames to the disk, and adds them to the index. */
  async #syncNow(): Promise<void> {
    const count = this.#fresh.length;
    if (count === 0) return;
    await this.#parts.file.sync();
    await this.#tell(count);
  }

  async #tell(count = this.#fresh.length): Promise<void> {
    try {
      await this.#parts.index.add(this.#fresh.slice(0, count));
      this.#fresh.splice(0, count);
    } catch (error) {
      if (error instanceof SystemError) throw error;
      throw new Error(`can't write the index: ${(error as Error).message}`, { cause: error });
    }
  }
}

function cpuMs(): number {
  const { userMs, systemMs } = usage();
  return userMs + systemMs;
}
