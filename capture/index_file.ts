import { openFile, sync } from "../ffi/mod.ts";

/** A line of the index: a frame that is on the disk. */
export interface IndexedFrame {
  /** The driver's count of frames. */
  sequence: number;
  /** When it was taken, in nanoseconds of the driver's clock, which is CLOCK_MONOTONIC for most. */
  timestampNs: number;
  /** Where it begins in the file, in bytes. */
  offset: number;
  /** Its length in bytes, without what pads it. */
  bytes: number;
  /** Of a multi-planar device: where each plane is. */
  planes?: readonly { offset: number; bytes: number }[];
  /** As `1920x1080@60:YUYV`. */
  format: string;
  /** From one line to the next, in each plane, in bytes. */
  lineBytes: readonly number[];
}

/** The index beside a recording, as JSON Lines. */
export class IndexFile implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  /** Of whole lines. */
  #bytes = 0;

  /** Creates it. */
  constructor(path: string) {
    this.#path = path;
    this.#file = Deno.openSync(path, { write: true, createNew: true });
  }

  /** Adds frames, for good: all of them or, where that fails, none. */
  async add(frames: readonly IndexedFrame[]): Promise<void> {
    if (frames.length === 0) return;
    const text = frames.map((frame) => JSON.stringify(frame) + "\n").join("");
    const data = new TextEncoder().encode(text);
    try {
      for (let at = 0; at < data.length;) at += this.#file.writeSync(data.subarray(at));
      using file = openFile(this.#path);
      await sync(file).async();
    } catch (error) {
      this.#file.truncateSync(this.#bytes);
      this.#file.seekSync(this.#bytes, Deno.SeekMode.Start);
      throw error;
    }
    this.#bytes += data.length;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
