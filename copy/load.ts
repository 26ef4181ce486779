import type { BufferKind, PageKind, SharedBuffer, Via } from "./buffer.ts";
import type { LoadMethod, Range } from "./method.ts";
import type { LoadPlan } from "./plan.ts";

/** A part of a file, and its place in a buffer. */
export interface FileRange extends Range {
  /** The file. */
  path: string;
}

/** How far a copy has come. */
export interface Progress {
  /** Moved so far. */
  bytes: bigint;
  /** How much there is to move. */
  totalBytes: bigint;
  /** The file that moves. */
  path: string;
  /** Since the call. */
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
  /** The pages behind a memfd. @default huge ones where the kernel gives them */
  pages?: PageKind | undefined;
  /** What fills the buffer. @default the fastest here */
  method?: LoadMethod | undefined;
  /**
   * Whether to bypass the page cache: true insists.
   *
   * @default where possible
   */
  direct?: boolean | undefined;
  /** How much to move at once, in bytes. @default 8 MiB */
  chunkBytes?: bigint | undefined;
  /** How many chunks to move at once. @default what suits the method */
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
  /** Stops the copy after the chunks at hand. */
  signal?: AbortSignal | undefined;
}

/** Files, or parts of them, in a buffer. */
export interface LoadedBuffer {
  /** The buffer, the caller's to close. */
  buffer: SharedBuffer;
  /** Where the content ends; the buffer is this, rounded up to whole pages. */
  bytes: bigint;
  /** What lies where in the buffer, in its order. */
  layout: readonly FileRange[];
  /** The pages behind its memfd, as far as they could be had; see {@linkcode notes}. */
  pages: PageKind;
  /** The way the bytes went. */
  method: LoadMethod;
  /** Whether the page cache was bypassed, but for unaligned ends: observed, not assumed. */
  direct: boolean;
  /** How much bypassed the page cache, in bytes, of the files in it. */
  directBytes: bigint;
  /** The content was compared: with the files read again, or with the SHA-256 given. */
  verified: boolean;
  /** The XXH64 of the content where it was asked for, else null. */
  checksum: string | null;
  /** Why this way, in words. */
  reason: string;
  /** What did not go as planned, and why. */
  notes: readonly string[];
  /** The plan that was followed, with the alternatives that were not. */
  plan: LoadPlan;
}

/** What a load cost. */
export interface LoadCost {
  /** From the call until all buffers could be used, without verification. */
  elapsedMs: number;
  /** The CPU time that this process used meanwhile, in user and kernel mode, on all threads. */
  cpuMs: number;
}

/** Files, or parts of them, in a buffer. Disposing it closes the buffer. */
export interface LoadedFile extends LoadedBuffer, LoadCost, Disposable {}

/** Several files or parts, each in a buffer of its own. Disposing it closes all. */
export interface LoadedFiles extends LoadCost, Disposable {
  /** The files, in the order of the paths; where they are split, their parts. */
  files: readonly LoadedBuffer[];
}
