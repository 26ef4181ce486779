import { clockMs, usage } from "../ffi/mod.ts";
import type { CpuTime } from "./result.ts";

/** Sums the time of calls that belong to one part of a run. */
export class Stopwatch {
  /** Time passed, in milliseconds. */
  ms = 0;
  /** CPU time of this thread, in milliseconds: finer than {@linkcode Stopwatch.cpu}. */
  threadMs = 0;
  readonly cpu: CpuTime = { userMs: 0, systemMs: 0 };

  /** Makes the call, which must be synchronous, and adds its time. A call that throws adds nothing. */
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

  /** {@linkcode Stopwatch.time} for calls on other threads: the CPU time is the whole process'. */
  async timeThreads<T>(call: () => Promise<T>): Promise<T> {
    const before = usage("process");
    const start = clockMs();
    const result = await call();
    const end = clockMs();
    const after = usage("process");
    const [userMs, systemMs] = [after.userMs - before.userMs, after.systemMs - before.systemMs];
    this.ms += end - start;
    this.threadMs += userMs + systemMs;
    this.cpu.userMs += userMs;
    this.cpu.systemMs += systemMs;
    return result;
  }
}
