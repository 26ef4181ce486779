import type { PageKind } from "../../copy/mod.ts";
import type { Case } from "./cases.ts";

/** What was counted while the bytes of a case moved; its buffers were made before. */
export interface Counts extends Case {
  /** Bytes of the file. */
  bytes: number;
  /** The buffers' content was compared with the file. */
  verified: boolean;
  /** Bytes that the kernel's copy routines moved, by routine. */
  copied: Record<string, number>;
  /** Pages added to the file's page cache. */
  cachePages: number;
  /** Pages that the kernel allocated, whatever for. */
  allocatedPages: number;
  /** Pages pinned through the page tables, and in how many calls. */
  pinned: { pages: number; calls: number };
  /** How often a pipe was emptied, by the bytes that were in it. */
  drains: { bytes: number; times: number }[];
  /** Requests to the disk, and their bytes. */
  requests: { count: number; bytes: number };
  /** Interrupts of the disk. */
  interrupts: number;
  /** How often the thread was switched away from, by itself or not. */
  switches: number;
}

/** Instructions of the stages of a case's I/O. On the model clock one takes a nanosecond. */
export interface Stages extends Case {
  /** Bytes of the file. */
  bytes: number;
  /** Of the calling thread in its I/O calls. */
  thread: number;
  /** From the first call to the last's end, waiting for the disk included. */
  elapsed: number;
  /** By kernel function; those within others count twice. */
  functions: Record<string, number>;
  /** How often each of them was called. */
  calls: Record<string, number>;
}

/** Instructions that a memfd's memory takes until a read can begin, in all. */
export interface PageCosts {
  pages: PageKind;
  /** Of the memory. */
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
  /** The error's name and call; null where it worked. */
  error: { errno: string; call: string } | null;
}

/** What the guest's program measures, by the name it is asked for. */
export interface Measurements {
  kernel: string;
  counts: Counts[];
  stages: Stages[];
  pages: PageCosts[];
  refusals: Refusal[];
}
