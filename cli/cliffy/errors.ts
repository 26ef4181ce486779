// @ts-types="./text.d.ts"
import { levenshteinDistance } from "deno-std/text";
import type { CommanderError } from "commander";

/** The part of a command that an error needs. */
export interface UsedCommand {
  getPath(): string;
  showHelp(): void;
}

/** The command line is wrong: thrown by the parser, and by type handlers and actions. */
export class ValidationError extends Error {
  override name = "ValidationError";
  /** The status to leave the process with. */
  readonly exitCode = 2;
  /** The command that was used wrongly. */
  cmd?: UsedCommand;
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

/** `Unknown command "swep". Did you mean command "sweep"?` */
export function unknownCommand(name: string, names: string[]): ValidationError {
  const near = names.map((other) => ({ other, edits: levenshteinDistance(name, other) }))
    .filter(({ edits }) => edits <= name.length / 2)
    .sort((a, b) => a.edits - b.edits);
  const hint = near[0] ? ` Did you mean command "${near[0].other}"?` : "";
  return new ValidationError(`Unknown command "${name}".${hint}`);
}
