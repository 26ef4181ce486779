import { clockMs, usage } from "../copy/mod.ts";
import type { CpuTime } from "./result.ts";

/** Sums the time of calls that belong to one part of a run. The calls must be synchronous. */
export class Stopwatch {
  /** Time passed, in milliseconds. */
  ms = 0;
  /** CPU time of this thread, in milliseconds: finer than {@linkcode Stopwatch.cpu}. */
  threadMs = 0;
  readonly cpu: CpuTime = { userMs: 0, systemMs: 0 };

  /** Makes the call and adds what it took. A call that throws adds nothing. */
  time<T>(call: () => T): T {
    const before = usage("thread");
    const threadStart = clockMs("thread");
    const start = clockMs();
    const result = call();
    const end = clockMs();
    const threadEnd = clockMs("thread");
    const after = usage("thread");
    this.ms += end - start;
    this.threadMs += threadEnd - threadStart;
    this.cpu.userMs += after.userMs - before.userMs;
    this.cpu.systemMs += after.systemMs - before.systemMs;
    return result;
  }
}
