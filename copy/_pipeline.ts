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
 *
 * @param items Each is taken when a preparer is free for it: taking it may take time, too.
 */
export async function runPipeline<T>(items: Iterable<T>, stages: Stages<T>): Promise<void> {
  const { preparers, movers, signal } = stages;
  const ready = new ReadyItems<T>();
  const rest = items[Symbol.iterator]();
  let failure: { error: unknown } | null = null;

  const fail = (error: unknown) => {
    failure ??= { error };
    ready.endAt(0);
  };
  const stopped = () => {
    if (signal?.aborted) fail(signal.reason);
    return failure !== null;
  };

  let taken = 0;
  const prepare = async () => {
    while (!stopped()) {
      const { value: item, done } = rest.next();
      if (done) return ready.endAt(taken);
      const index = taken++;
      await stages.prepare(item);
      // An item that is ready early waits for the items before it.
      if (index > 0) await ready.at(index - 1);
      ready.add(index, item);
      if (!stopped()) await stages.prepared(item);
    }
  };
  let moved = 0;
  const move = async () => {
    for (;;) {
      const entry = await ready.at(moved++);
      if (entry === null || stopped()) return;
      await stages.move(entry.item);
    }
  };

  const workers = [...repeat(preparers, prepare), ...repeat(movers, move)];
  await Promise.all(workers.map((worker) => worker.catch(fail)));
  if (failure !== null) throw (failure as { error: unknown }).error;
}

/** An item that is ready; null behind the last one. */
type Entry<T> = { item: T } | null;

/** Items that become ready, each with its number. */
class ReadyItems<T> {
  readonly #entries: PromiseWithResolvers<Entry<T>>[] = [];
  #end = Infinity;

  /** Waits for an item. */
  at(index: number): Promise<Entry<T>> {
    return index < this.#end ? this.#entry(index).promise : Promise.resolve(null);
  }

  add(index: number, item: T): void {
    this.#entry(index).resolve({ item });
  }

  /** Wakes those who wait for an item from `index` on that is not ready: there will be none. */
  endAt(index: number): void {
    this.#end = Math.min(this.#end, index);
    for (const { resolve } of this.#entries.slice(index)) resolve(null);
  }

  #entry(index: number): PromiseWithResolvers<Entry<T>> {
    while (this.#entries.length <= index) this.#entries.push(Promise.withResolvers());
    return this.#entries[index]!;
  }
}

function repeat<T>(times: number, action: () => T): T[] {
  return Array.from({ length: times }, action);
}
