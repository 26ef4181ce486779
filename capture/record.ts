import { roundUp } from "../base/round_up.ts";
import { Recording, type SharedBuffer } from "../copy/mod.ts";
import { clockMs, createPipe, SystemError, usage, type VideoFrame } from "../ffi/mod.ts";
import type { Camera } from "./camera.ts";
import type { Captured, CaptureOptions } from "./captured.ts";
import { type IndexedFrame, IndexFile } from "./index_file.ts";
import { makeRing, type Ring } from "./ring.ts";

const RING = 8;
const PATIENCE_MS = 10_000;
/** How often what is stored is made to last, and then told in the index. */
const SYNC_EVERY_MS = 1000;
const PIPE_BYTES = 4096;
const SECOND_NS = 1e9;
const SEQUENCES = 2 ** 32;

/** Records what a camera sees; see {@linkcode capture}. */
export async function record(
  camera: Camera,
  path: string,
  options: CaptureOptions,
): Promise<Captured> {
  const indexPath = `${path}.jsonl`;
  using cleanup = new DisposableStack();
  const ring = cleanup.use(makeRing(camera, options.ring ?? RING, options.buffer));
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

/** What a {@linkcode Recorder} works with. */
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
  readonly #storing = new Set<Promise<void>>();
  readonly #frameBytes: bigint;
  /** Stored, but not yet for good. */
  #fresh: IndexedFrame[] = [];
  #syncing: Promise<void> | null = null;
  #syncedMs = clockMs();
  #end = 0n;
  #kept = 0n;
  #queued: number;
  #taken = 0;
  #frames = 0;
  #bytes = 0n;
  #dropped = 0;
  #damaged = 0;
  #lastSequence: number | null = null;
  #firstNs: bigint | null = null;
  #failure: Error | null = null;

  constructor(parts: Parts, options: CaptureOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#queued = parts.ring.frames.length;
    const align = parts.file.alignBytes;
    const sum = (all: bigint, bytes: number) => all + roundUp(BigInt(bytes), align);
    this.#frameBytes = parts.camera.planeBytes.reduce(sum, 0n);
  }

  async run() {
    const { camera, file } = this.#parts;
    const { signal } = this.#options;
    const stop = () => this.#wake.writeEnd.close();
    signal?.addEventListener("abort", stop);
    try {
      await this.#reserve();
      camera.stream(true);
      await this.#loop();
    } catch (error) {
      this.#fail(error);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    await Promise.all(this.#storing);
    await this.#syncing;
    // What is queued comes back: the device writes to it no more.
    try {
      camera.stream(false);
    } catch (error) {
      this.#fail(error);
    }
    try {
      await file.finish(this.#kept);
      await this.#tell();
    } catch (error) {
      this.#fail(error);
    }
    this.#wake[Symbol.dispose]();
    return {
      ...{ frames: this.#frames, dropped: this.#dropped, damaged: this.#damaged },
      ...{ bytes: this.#bytes, failure: this.#failure },
      elapsedMs: clockMs() - this.#startMs,
      cpuMs: cpuMs() - this.#startCpuMs,
    };
  }

  #fail(error: unknown): void {
    if (!(error instanceof Error)) throw error;
    this.#failure ??= error;
    this.#wake.writeEnd.close();
  }

  async #reserve(): Promise<void> {
    const { frames, seconds } = this.#options;
    const { rate } = this.#parts.camera;
    const count = frames ?? (seconds && rate ? Math.ceil(seconds * rate) : null);
    const bytes = count === null ? 0n : this.#frameBytes * BigInt(count);
    await this.#parts.file.reserve(bytes, { exactly: true });
  }

  #isOver(): boolean {
    const { frames = Infinity, signal } = this.#options;
    return this.#taken >= frames || this.#failure !== null || signal?.aborted === true;
  }

  async #loop(): Promise<void> {
    const { camera } = this.#parts;
    const { patienceMs = PATIENCE_MS } = this.#options;
    const wake = this.#wake.readEnd;
    while (!this.#isOver()) {
      if (this.#queued === 0) {
        // The disk is behind: the device waits, and drops what there is no memory for.
        await Promise.race(this.#storing);
        continue;
      }
      const frame = await camera.next({ wake, timeoutMs: patienceMs });
      if (this.#isOver()) return;
      if (!frame) throw new Error(`the device sent no frame for ${patienceMs / 1000} s`);
      this.#queued--;
      if (!this.#take(frame)) return;
    }
  }

  /** Counts a frame and begins to store it; false if its time is beyond the end. */
  #take(frame: VideoFrame): boolean {
    const { seconds = Infinity } = this.#options;
    this.#firstNs ??= frame.timestampNs;
    if (Number(frame.timestampNs - this.#firstNs) >= seconds * SECOND_NS) return false;
    const { sequence } = frame;
    if (this.#lastSequence !== null) {
      // The driver's count is of 32 bits.
      this.#dropped += (sequence - this.#lastSequence - 1 + SEQUENCES) % SEQUENCES;
    }
    this.#lastSequence = sequence;
    if (frame.isDamaged) {
      this.#damaged++;
      this.#queue(frame.index);
      return true;
    }
    this.#taken++;
    const storing = this.#store(frame).catch((error) => this.#fail(error))
      .finally(() => this.#storing.delete(storing));
    this.#storing.add(storing);
    return true;
  }

  #queue(index: number): void {
    this.#parts.camera.queue(index, this.#parts.ring.frames[index]!);
    this.#queued++;
  }

  async #store(frame: VideoFrame): Promise<void> {
    const { file, ring } = this.#parts;
    const { planes, end } = this.#placesOf(frame);
    this.#end = end;
    await file.reserve(end, { exactly: this.#options.frames !== undefined });
    const buffers = ring.frames[frame.index]!;
    await Promise.all(planes.map((place, i) => this.#write(buffers[i]!, place)));
    if (end > this.#kept) this.#kept = end;
    this.#index(frame, planes);
    if (!this.#isOver()) this.#queue(frame.index);
  }

  #placesOf(frame: VideoFrame): { planes: PlacedPlane[]; end: bigint } {
    const align = this.#parts.file.alignBytes;
    let end = this.#end;
    const planes = frame.planes.map((plane) => {
      const place = { ...plane, fileOffset: end };
      end += roundUp(BigInt(plane.bytes), align);
      return place;
    });
    return { planes, end };
  }

  async #write(
    buffer: SharedBuffer,
    { offset, bytes, fileOffset }: PlacedPlane,
  ): Promise<void> {
    if (bytes === 0) return;
    const { file } = this.#parts;
    // What pads a frame is what its buffer has there.
    const padded = roundUp(BigInt(bytes), file.alignBytes);
    const fits = BigInt(offset) + padded <= buffer.bytes;
    await file.write(buffer, {
      fileOffset,
      bufferOffset: BigInt(offset),
      bytes: fits ? padded : BigInt(bytes),
    });
  }

  #index({ sequence, timestampNs }: VideoFrame, places: readonly PlacedPlane[]): void {
    const { camera } = this.#parts;
    const planes = places.map(({ fileOffset, bytes }) => ({ offset: Number(fileOffset), bytes }));
    const bytes = planes.reduce((sum, plane) => sum + plane.bytes, 0);
    this.#fresh.push({
      ...{ sequence, timestampNs: Number(timestampNs), offset: planes[0]?.offset ?? 0, bytes },
      ...(planes.length > 1 ? { planes } : {}),
      ...{ format: camera.format, lineBytes: camera.lineBytes },
    });
    this.#frames++;
    this.#bytes += BigInt(bytes);
    const { onProgress } = this.#options;
    onProgress?.({
      ...{ frames: this.#frames, dropped: this.#dropped, bytes: this.#bytes },
      elapsedMs: clockMs() - this.#startMs,
    });
    if (this.#syncing || clockMs() - this.#syncedMs < SYNC_EVERY_MS) return;
    this.#syncing = this.#syncNow().catch((error) => this.#fail(error))
      .finally(() => this.#syncing = null);
  }

  /** Has what is stored so far last, and tells of it. */
  async #syncNow(): Promise<void> {
    const count = this.#fresh.length;
    await this.#parts.file.sync();
    await this.#tell(count);
    this.#syncedMs = clockMs();
  }

  async #tell(count = this.#fresh.length): Promise<void> {
    const frames = this.#fresh.splice(0, count).sort((a, b) => a.offset - b.offset);
    try {
      await this.#parts.index.add(frames);
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
