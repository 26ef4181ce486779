/** Shows what is being done, on stderr. */
export interface StatusLine extends Disposable {
  /** Shows the step being done, and how far it is. */
  update(step: string, detail?: string): void;
}

const encoder = new TextEncoder();
const CLEAR = "\r\x1b[K";

function write(text: string): void {
  Deno.stderr.writeSync(encoder.encode(text));
}

/** A line that changes in place on a terminal; disposing it clears it. */
function onTerminal(): StatusLine {
  const fit = (text: string) => text.slice(0, Deno.consoleSize().columns - 1);
  return {
    update: (step, detail = "") => write(CLEAR + fit(`${step} ${detail}`)),
    [Symbol.dispose]: () => write(CLEAR),
  };
}

/** A line for each new step, where there is no terminal. */
function inLog(): StatusLine {
  let last = "";
  return {
    update: (step) => {
      if (step !== last) write(`${step}\n`);
      last = step;
    },
    [Symbol.dispose]: () => {},
  };
}

/**
 * A status line. Quiet: none. `steps` says whether the steps are worth a log's line each where
 * stderr is no terminal.
 */
export function statusLine(options: { quiet?: boolean; steps?: boolean } = {}): StatusLine {
  if (options.quiet) return { update: () => {}, [Symbol.dispose]: () => {} };
  if (Deno.stderr.isTerminal()) return onTerminal();
  return options.steps ? inLog() : { update: () => {}, [Symbol.dispose]: () => {} };
}
