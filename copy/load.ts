import type { BufferKind, PageKind, SharedBuffer, Via } from "./buffer.ts";
import type { LoadMethod, Range } from "./method.ts";
import type { LoadPlan } from "./plan.ts";

/** A part of a file, and its place in a buffer. */
export interface FileRange extends Range {
  /** The file. */
  path: string;
}

/** The progress of a copy. */
export interface Progress {
  /** The bytes moved so far. */
  bytes: bigint;
  /** The bytes to move in all. */
  totalBytes: bigint;
  /** The current file. */
  path: string;
  /** The time since the call. */
  elapsedMs: number;
}

/** Options of {@linkcode loadFile}, {@linkcode loadFiles} and {@linkcode loadRanges}. */
export interface LoadFileOptions {
  /** The kind of buffer to load into. @default the fastest here */
  to?: BufferKind | undefined;
  /** The descriptor of a udmabuf that the I/O goes through. @default the faster one */
  via?: Via | undefined;
  /** An open buffer to load into; it stays the caller's to close. @default a new one */
  into?: SharedBuffer | undefined;
  /** The heap that a dmabuf comes from. @default "system" */
  heap?: string | undefined;
  /** The pages behind a memfd. @default huge ones if the kernel gives them */
  pages?: PageKind | undefined;
  /** The method that fills the buffer. @default the fastest here */
  method?: LoadMethod | undefined;
  /**
   * Whether to bypass the page cache: true insists on it.
   *
   * @default where possible
   */
  direct?: boolean | undefined;
  /** The size of a chunk to move at once, in bytes. @default 8 MiB */
  chunkBytes?: bigint | undefined;
  /** The number of chunks to move at once. @default a number that suits the method */
  depth?: number | undefined;
  /** Read the files again, from the disk, and compare. @default false */
  verify?: boolean | undefined;
  /** Give the XXH64 of the content. @default false */
  checksum?: boolean | undefined;
  /** The SHA-256 that the loaded bytes must have, in hexadecimal. */
  sha256?: string | undefined;
  /** Called after each chunk. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Called after each chunk that `verify` has compared; its time is since that began. */
  onVerified?: ((progress: Progress) => void) | undefined;
  /** Stops the copy after the current chunks. */
  signal?: AbortSignal | undefined;
}

/** Files, or parts of them, in a buffer. */
export interface LoadedBuffer {
  /** The buffer; the caller closes it. */
  buffer: SharedBuffer;
  /** The end of the content; the buffer is this size, rounded up to whole pages. */
  bytes: bigint;
  /** The parts of files in the buffer and their places, in order. */
  layout: readonly FileRange[];
  /** The pages behind its memfd; some may be of another kind, see {@linkcode notes}. */
  pages: PageKind;
  /** The method that moved the bytes. */
  method: LoadMethod;
  /** Whether the page cache was bypassed, but for unaligned ends: observed, not assumed. */
  direct: boolean;
  /** The bytes of its files that bypassed the page cache. */
  directBytes: bigint;
  /** The content was compared: with the files read again, or with the SHA-256 given. */
  verified: boolean;
  /** The XXH64 of the content if it was asked for, else null. */
  checksum: string | null;
  /** The reason for the method, in words. */
  reason: string;
  /** Notes about steps that did not go as planned. */
  notes: readonly string[];
  /** The plan that was followed, with the alternatives that were not. */
  plan: LoadPlan;
}

/** The cost of a load. */
export interface LoadCost {
  /** The time from the call until all buffers could be used, without verification. */
  elapsedMs: number;
  /** The CPU time of this process during the load, in user and kernel mode, on all threads. */
  cpuMs: number;
}

/** Files, or parts of them, in a buffer. Disposing it closes the buffer. */
export interface LoadedFile extends LoadedBuffer, LoadCost, Disposable {}

/** Several files or parts, each in its own buffer. Disposing it closes all. */
export interface LoadedFiles extends LoadCost, Disposable {
  /** The files, in the order of the paths; of split files, the parts. */
  files: readonly LoadedBuffer[];
}
