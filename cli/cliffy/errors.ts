import type { CommanderError } from "commander";

/** Options of {@linkcode ValidationError}. */
export interface ValidationErrorOptions extends ErrorOptions {
  /**
   * Status to leave the process with.
   *
   * @default 2
   */
  exitCode?: number;
}

/** What an error knows of its command. */
export interface UsedCommand {
  getPath(): string;
  showHelp(): void;
}

/** The command line is wrong: thrown by the parser, and by type handlers and actions. */
export class ValidationError extends Error {
  override name = "ValidationError";
  readonly exitCode: number;
  /** The command that was used wrongly. */
  cmd?: UsedCommand;

  constructor(message: string, options: ValidationErrorOptions = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 2;
  }
}

/** `error: unknown option '--x'\n(Did you mean --y?)` as `Unknown option "--x". Did you mean --y?` */
export function fromCommander(error: CommanderError): ValidationError {
  const [what = "", hint = ""] = error.message.replace(/^error: /, "").split(
    "\n",
  );
  const sentence = what.charAt(0).toUpperCase() +
    what.slice(1).replaceAll("'", '"');
  const message = sentence.replace(/\.?$/, ".") +
    hint.replace(/^\((.*)\)$/, " $1");
  return new ValidationError(message, { cause: error });
}
