import type { LongCall } from "../ffi/mod.ts";

/** A procedure that yields the calls to make, and gets the result of each. */
export type Steps<T> = Generator<LongCall, T, bigint>;

/** Makes the calls on this thread. */
export function runSync<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (!step.done) {
    let result: bigint;
    try {
      result = step.value.sync();
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(result);
  }
  return step.value;
}

/** Makes the calls on other threads, one after the other. */
export async function runAsync<T>(steps: Steps<T>): Promise<T> {
  let step = steps.next();
  while (!step.done) {
    let result: bigint;
    try {
      result = await step.value.async();
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(result);
  }
  return step.value;
}
