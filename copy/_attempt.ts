import { type Obstacle, obstacleOf } from "./obstacles.ts";
import { isRefusal } from "./_refusal.ts";

/** A way that was tried, and what it failed at. */
export interface Failure<W> extends Obstacle {
  /** The way. */
  way: W;
}

/**
 * Follows one plan after the other until one works: what was possible when it was asked for may not
 * be by the time that it is needed.
 *
 * @param plan Makes the best plan that is left; throws if there is none.
 * @throws what the last plan failed with, or at once what no other plan would change
 */
export async function attempt<P>(
  plan: (failed: readonly Failure<P>[]) => P,
  follow: (plan: P) => Promise<void>,
): Promise<{ plan: P; failed: readonly Failure<P>[] }> {
  const failed: Failure<P>[] = [];
  for (let way = plan(failed);;) {
    try {
      await follow(way);
      return { plan: way, failed };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      failed.push({ way, ...obstacleOf(error) });
      try {
        way = plan(failed);
      } catch {
        throw error;
      }
    }
  }
}
