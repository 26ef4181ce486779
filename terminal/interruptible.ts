/** Ctrl-C, or SIGTERM. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";

  /** @param consequence The consequence of the interruption, for the message. */
  constructor(consequence?: string) {
    super(consequence === undefined ? "interrupted" : `interrupted; ${consequence}`);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Runs `action` with a signal that Ctrl-C and SIGTERM abort with an {@linkcode InterruptedError}. */
export async function interruptible<T>(action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(new InterruptedError());
  for (const name of SIGNALS) Deno.addSignalListener(name, abort);
  try {
    return await action(controller.signal);
  } finally {
    for (const name of SIGNALS) Deno.removeSignalListener(name, abort);
  }
}
