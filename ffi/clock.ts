import { library } from "./_library.ts";
import { unwrap } from "./system_error.ts";

/** "monotonic" is `CLOCK_MONOTONIC_RAW`, which nothing adjusts; "thread" the calling thread's CPU time. */
export type ClockName = "monotonic" | "thread";

/** The user of resources: the whole process or the calling thread. */
export type UsageOf = "process" | "thread";

/** linux/time.h */
const CLOCKS: Record<ClockName, number> = { monotonic: 4, thread: 3 };

/** linux/resource.h */
const WHO: Record<UsageOf, number> = { process: 0, thread: 1 };

/** Reads a clock, in milliseconds; see clock_gettime(2). */
export function clockMs(clock: ClockName = "monotonic"): number {
  const ns = unwrap(library().clock(CLOCKS[clock]), { call: "clock_gettime", subject: clock });
  return Number(ns) / 1e6;
}

/** The result of {@linkcode usage}. */
export interface Usage {
  /** CPU time in user mode. */
  userMs: number;
  /** CPU time in the kernel. */
  systemMs: number;
  /** The most memory that was resident at once; always of the process. */
  maxResidentBytes: number;
  /** Page faults that needed no I/O. */
  minorFaults: number;
  /** Page faults that needed I/O. */
  majorFaults: number;
}

/** The resources that the process, or the calling thread, has used so far; see getrusage(2). */
export function usage(who: UsageOf = "process"): Usage {
  const out = new BigInt64Array(5);
  unwrap(library().getrusage(WHO[who], out), { call: "getrusage", subject: who });
  const [userUs = 0, systemUs = 0, maxrss = 0, minorFaults = 0, majorFaults = 0] = [...out].map(
    Number,
  );
  return {
    userMs: userUs / 1e3,
    systemMs: systemUs / 1e3,
    maxResidentBytes: maxrss * 1024,
    minorFaults,
    majorFaults,
  };
}
