import { InterruptedError } from "./interruptible.ts";

/** What the two Ctrl-C of {@linkcode stoppable} abort. */
export interface StopSignals {
  /** The first: finish what is at hand. */
  stop: AbortSignal;
  /** The second, or the first where nothing could be kept, and SIGTERM: end at once. */
  signal: AbortSignal;
}

/** `deno task` hands on a Ctrl-C that the terminal has sent to all: two at once are one. */
const ONE_PRESS_MS = 500;

/**
 * Runs `action` with signals for Ctrl-C: the first asks it to stop where `keeps()` says that
 * something is finished, which `onStop` is told; any other ends it with an
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
