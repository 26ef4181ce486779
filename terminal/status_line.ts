/** Shows the current step on stderr. Disposing it clears it. */
export interface StatusLine extends Disposable {
  /** Shows the current step and its progress. */
  update(step: string, detail?: string): void;
  /** Makes room for other output. */
  clear(): void;
}

const CLEAR = "\r\x1b[K";
/** The assumed width of a terminal that reports none: a serial line, `script`. */
const USUAL_COLUMNS = 80;
const encoder = new TextEncoder();

function write(text: string): void {
  Deno.stderr.writeSync(encoder.encode(text));
}

/** A line that changes in place. */
function onTerminal(): StatusLine {
  const clear = () => write(CLEAR);
  return {
    update: (step, detail = "") => {
      const columns = Deno.consoleSize().columns || USUAL_COLUMNS;
      write(CLEAR + `${step} ${detail}`.slice(0, columns - 1));
    },
    clear,
    [Symbol.dispose]: clear,
  };
}

/** A line for each new step. */
function inLog(): StatusLine {
  let last = "";
  return {
    update: (step) => {
      if (step !== last) write(`${step}\n`);
      last = step;
    },
    clear: () => {},
    [Symbol.dispose]: () => {},
  };
}

const silent: StatusLine = { update: () => {}, clear: () => {}, [Symbol.dispose]: () => {} };

/** Options of {@linkcode statusLine}. */
export interface StatusOptions {
  /** Show nothing. */
  quiet?: boolean;
  /** If stderr is not a terminal, write a line for each step. */
  steps?: boolean;
}

/** The status line that suits stderr. */
export function statusLine(options: StatusOptions = {}): StatusLine {
  if (options.quiet) return silent;
  if (Deno.stderr.isTerminal()) return onTerminal();
  return options.steps ? inLog() : silent;
}
