/** The two stages of {@linkcode runPipeline}, and their limits. */
export interface Stages<T> {
  /** Makes an item ready; runs ahead of `move`, in order. */
  prepare(item: T): Promise<void>;
  /** Runs once an item and all before it are ready, while items are moved. */
  prepared(item: T): Promise<void>;
  /** Moves an item that is ready, as are all before it. */
  move(item: T): Promise<void>;
  /** The most items to prepare at once. */
  preparers: number;
  /** The most items to move at once. */
  movers: number;
  /** Ends both stages after the current items. */
  signal?: AbortSignal | undefined;
}

/** The stages of items that are ready as they are. */
export const NOTHING_TO_PREPARE = {
  preparers: 1,
  prepare: async () => {},
  prepared: async () => {},
};

/**
 * Prepares items and moves them, both at once. The first failure ends both stages. It is thrown when
 * all calls have ended, so that the caller may close the resources of the stages.
 */
export async function runPipeline<T>(items: readonly T[], stages: Stages<T>): Promise<void> {
  const { preparers, movers, signal } = stages;
  const ready = items.map(() => Promise.withResolvers<void>());
  let failure: { error: unknown } | null = null;

  const fail = (error: unknown) => {
    failure ??= { error };
    // Wakes callers that wait for an item that is not prepared any more.
    for (const { resolve } of ready) resolve();
  };
  const stopped = () => {
    if (signal?.aborted) fail(signal.reason);
    return failure !== null;
  };
  /** Runs `action` on items one after the other, until there are none left or something fails. */
  const worker = async (next: () => number, action: (index: number) => Promise<void>) => {
    try {
      for (let index = next(); index < items.length && !stopped(); index = next()) {
        await action(index);
      }
    } catch (error) {
      fail(error);
    }
  };

  const prepareAll = async () => {
    const next = counter();
    await Promise.all(repeat(preparers, () =>
      worker(next, async (index) => {
        await stages.prepare(items[index]!);
        // An item that is ready early waits for the items before it.
        if (index > 0) await ready[index - 1]!.promise;
        ready[index]!.resolve();
        if (!stopped()) await stages.prepared(items[index]!);
      })));
  };
  const moveAll = async () => {
    const next = counter();
    await Promise.all(repeat(movers, () =>
      worker(next, async (index) => {
        await ready[index]!.promise;
        if (!stopped()) await stages.move(items[index]!);
      })));
  };

  await Promise.all([prepareAll(), moveAll()]);
  if (failure !== null) throw (failure as { error: unknown }).error;
}

function counter(): () => number {
  let value = 0;
  return () => value++;
}

function repeat<T>(times: number, action: () => T): T[] {
  return Array.from({ length: times }, action);
}
