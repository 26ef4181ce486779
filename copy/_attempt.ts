import { type Obstacle, obstacleOf } from "./obstacles.ts";
import { isRefusal } from "./_refusal.ts";

/** A method that was tried, and its error. */
export interface Failure<W> extends Obstacle {
  /** The method. */
  way: W;
}

/**
 * Follows one plan after the other until one works: a method that was possible when the plan was made
 * may fail later.
 *
 * @param plan Makes the best plan that is left; throws if there is none.
 * @throws the error of the last plan, or at once an error that no other plan would avoid
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
