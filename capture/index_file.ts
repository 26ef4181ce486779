import { openFile, sync } from "../ffi/mod.ts";

/** A line of the index, about a frame that is on the disk. */
export interface IndexedFrame {
  /** The driver's count of frames. */
  sequence: number;
  /** Its time in nanoseconds of the driver's clock, which is usually CLOCK_MONOTONIC. */
  timestampNs: number;
  /** Where it begins in the file, in bytes. */
  offset: number;
  /** Its length in bytes, without padding. */
  bytes: number;
  /** The place of each plane, for a multi-planar device. */
  planes?: readonly { offset: number; bytes: number }[];
  /** The format, as `1920x1080@60:YUYV`. */
  format: string;
  /** The distance from one line to the next in each plane, in bytes. */
  lineBytes: readonly number[];
}

/** The index beside a recording, as JSON Lines. */
export class IndexFile implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  /** Of whole lines. */
  #bytes = 0;

  /** Creates the index. */
  constructor(path: string) {
    this.#path = path;
    this.#file = Deno.openSync(path, { write: true, createNew: true });
  }

  /** Adds frames durably: all of them, or none if that fails. */
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
