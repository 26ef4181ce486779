import type { PageKind } from "../../copy/mod.ts";
import type { Case } from "./cases.ts";

/** The counts of a case's I/O; its buffers were made before. */
export interface Counts extends Case {
  /** Bytes of the file. */
  bytes: number;
  /** Whether the buffers' content was compared with the file. */
  verified: boolean;
  /** Bytes that the kernel's copy routines moved, by routine. */
  copied: Record<string, number>;
  /** Pages added to the file's page cache. */
  cachePages: number;
  /** Pages that the kernel allocated for any purpose. */
  allocatedPages: number;
  /** Pages pinned through the page tables, and in how many calls. */
  pinned: { pages: number; calls: number };
  /** How often a pipe was emptied, by the bytes that were in it. */
  drains: { bytes: number; times: number }[];
  /** Requests to the disk, and their bytes. */
  requests: { count: number; bytes: number };
  /** Interrupts of the disk. */
  interrupts: number;
  /** The number of context switches of the thread, voluntary or not. */
  switches: number;
}

/** Instructions of the stages of a case's I/O. On the model clock one takes a nanosecond. */
export interface Stages extends Case {
  /** Bytes of the file. */
  bytes: number;
  /** Instructions of the calling thread in its I/O calls. */
  thread: number;
  /** Time from the first call to the end of the last, waiting included. */
  elapsed: number;
  /** By kernel function; those within others count twice. */
  functions: Record<string, number>;
  /** How often each of them was called. */
  calls: Record<string, number>;
}

/** Instructions that a memfd's memory takes until a read can begin, in all. */
export interface PageCosts {
  pages: PageKind;
  /** The bytes of the memory. */
  bytes: number;
  /** Populating a mapping where there is no memory yet: allocated, cleared, entered, mapped. */
  made: number;
  /** Populating another mapping of it: mapped only. */
  mapped: number;
  /** Populating that once more: only looked up in the page tables. */
  found: number;
}

/** A case that the kernel refused. */
export interface Refusal extends Case {
  /** The error's name and call; null if it worked. */
  error: { errno: string; call: string } | null;
}

/** The measurements of the guest's program, by their names. */
export interface Measurements {
  kernel: string;
  counts: Counts[];
  stages: Stages[];
  pages: PageCosts[];
  refusals: Refusal[];
}
