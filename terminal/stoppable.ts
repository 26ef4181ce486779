import { InterruptedError } from "./interruptible.ts";

/** The signals that the first and the second Ctrl-C of {@linkcode stoppable} abort. */
export interface StopSignals {
  /** The first Ctrl-C: finish the current work. */
  stop: AbortSignal;
  /** SIGTERM, the second Ctrl-C, or the first one if nothing is finished: end at once. */
  signal: AbortSignal;
}

/** The terminal sends Ctrl-C to all processes, and `deno task` passes it on: count two at once as one. */
const ONE_PRESS_MS = 500;

/**
 * Runs `action` with signals for Ctrl-C. If `keeps()` says that something is finished, the first
 * Ctrl-C calls `onStop` and asks the action to stop. Any other ends it with an
 * {@linkcode InterruptedError}.
 */
export async function stoppable<T>(
  action: (signals: StopSignals) => Promise<T>,
  { keeps, onStop }: { keeps: () => boolean; onStop: () => void },
): Promise<T> {
  const [stop, end] = [new AbortController(), new AbortController()];
  let stoppedMs = 0;
  const abort = () => end.abort(new InterruptedError());
  const interrupt = () => {
    if (!stop.signal.aborted && keeps()) {
      stoppedMs = performance.now();
      stop.abort(new InterruptedError());
      return onStop();
    }
    if (!stop.signal.aborted || performance.now() - stoppedMs > ONE_PRESS_MS) abort();
  };
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", abort);
  try {
    return await action({ stop: stop.signal, signal: end.signal });
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", abort);
  }
}
