import { ValidationError } from "@cliffy/command";
import { InterruptedError } from "../terminal/interruptible.ts";
import { sentenceOf } from "../terminal/report_error.ts";
import { EXEC } from "./exec.ts";

/** The commands that print their result as JSON, and the options that ask for it. */
const WITH_JSON: Readonly<Record<string, readonly string[]>> = {
  copy: ["--json"],
  capture: ["--json"],
  snapshot: ["--json"],
  inspect: ["--json", "-j"],
  doctor: ["--json", "-j"],
};

/** The object that a command with `--json` prints when it fails. */
export interface JsonError {
  error: {
    /** The errno's name, as "ENOENT"; else "usage", "interrupted" or "failed". */
    code: string;
    /** The message on stderr, without the program's name. */
    message: string;
    /** The path in the failed call; null if there was none. */
    path: string | null;
  };
}

let isPrinted = false;

/** Prints the result of a command with `--json`. */
export function printJson(
  value: unknown,
  { print = console.log }: { print?: (text: string) => void } = {},
): void {
  print(JSON.stringify(value, null, 2));
  isPrinted = true;
}

/** Prints why a command with `--json` failed, unless it has printed its result: it prints only one object. */
export function printJsonError(error: unknown): void {
  if (!isPrinted) printJson(errorAsJson(error));
}

/** Describes why a command failed, as {@linkcode JsonError}. */
export function errorAsJson(error: unknown): JsonError {
  return {
    error: {
      code: codeOf(error),
      message: sentenceOf(error),
      path: causesOf(error).map(({ path }) => path).find((path) => typeof path === "string") ??
        null,
    },
  };
}

function codeOf(error: unknown): string {
  if (error instanceof ValidationError) return "usage";
  if (error instanceof InterruptedError) return "interrupted";
  const codes = causesOf(error).map(({ code }) => code);
  return codes.find((code) => typeof code === "string") ?? "failed";
}

/** An error, its cause, and so on. */
function causesOf(error: unknown): (Error & { code?: unknown; path?: unknown })[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

/** Whether the standard output is for JSON: not if it belongs to a command or to paths. */
export function wantsJson(args: readonly string[]): boolean {
  const ends = args.flatMap((arg, i) => arg === "--" || arg === EXEC ? [i] : []);
  const options = args.slice(1, ends[0]);
  if (args.includes(EXEC) || options.includes("--hold")) return false;
  return (WITH_JSON[args[0] ?? ""] ?? []).some((option) => options.includes(option));
}
