import { ValidationError } from "@cliffy/command";
import { nextStep } from "./next_step.ts";
import { InterruptedError } from "./interruptible.ts";

/** The most characters of a message: it may quote a damaged file or an argument. */
const MAX_CHARACTERS = 1500;

/**
 * Prints an error as one line on stderr, and below it the lines of a log that belong to it. If
 * `DMACOPY_DEBUG` is set, it also prints the stack.
 *
 * @returns the status to exit with: 2 for wrong usage, 130 after Ctrl-C, else 1.
 */
export function reportError(error: unknown): number {
  console.error(describeError(error));
  if (isDebugging()) console.error(error);
  if (error instanceof InterruptedError) return 130;
  return error instanceof ValidationError ? error.exitCode : 1;
}

/** Reading the environment may itself be forbidden. */
function isDebugging(): boolean {
  const variable = "DMACOPY_DEBUG";
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" && Boolean(Deno.env.get(variable));
}

/** The text that {@linkcode reportError} prints. */
export function describeError(error: unknown): string {
  const log = error instanceof Error && "lines" in error ? error.lines as string[] : [];
  const lines = log.map((text) => printable(`  | ${text}`));
  return [`dmacopy: ${sentenceOf(error)}`, ...lines].join("\n");
}

/** An error and its remedy, in one line. */
export function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const next = nextStep(error);
  const hint = error instanceof ValidationError
    ? ` (see ${error.cmd?.getPath() ?? "dmacopy"} --help)`
    : next
    ? `: ${next}`
    : "";
  return printable(shorten(message.replaceAll(/\s*\n\s*/g, " ")) + hint);
}

function shorten(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

/** Replaces control characters: in a name or a log they must not reach the terminal. */
function printable(text: string): string {
  return text.replaceAll("\t", " ").replaceAll(/\p{Cc}/gu, "?");
}
