/** The cost of a method to store frames, in times of the model's clock. */
export interface CaptureCost {
  /** `dmacopy`, or `mmap + write`: buffers of the driver, mapped, and write(2). */
  way: string;
  /** The kind of the ring's buffers. */
  buffer: string;
  /** Whether the page cache was bypassed. */
  direct: boolean;
  /** The system call that stored. */
  method: string;
  /** As `1920x1080@60:YUYV`. */
  format: string;
  frames: number;
  /** By the driver's sequence numbers. */
  dropped: number;
  bytes: number;
  /** Of the whole process, in user and kernel mode, from before the first frame to the last fsync(2). */
  cpuMs: number;
  notes: string[];
}

/** The times to save a task's buffers and to make them again. */
export interface SnapshotCost {
  /** The kind of the buffers. */
  to: string;
  /** Until all is on the disk. */
  save: Spent & { bytes: number; buffers: number };
  /** Until all can be used. */
  restore: Spent;
}

/** Times of the model's clock. */
export interface Spent {
  ms: number;
  cpuMs: number;
  /** Whether the page cache was bypassed. */
  direct: boolean;
}
