import type { Command } from "../command.ts";
import { EnumType } from "../type.ts";

/** A word that can follow. */
export interface Word {
  word: string;
  description: string;
}

/** What can follow one command. */
export interface Completion {
  /** The command's names, without the program's: `["lab", "run"]`. */
  path: string[];
  commands: Word[];
  options: Word[];
  /** What the options that take a value allow, nothing standing for any: `[["--json"], []]`. */
  values: [flags: string[], values: string[]][];
  /** What a shell offers for the first argument besides files, and for the others. */
  operands: { first: string[]; others: string[] };
}

// deno-lint-ignore no-explicit-any
type AnyCommand = Command<any, any, any>;

/** The values of a type that are known. */
function valuesOf(command: AnyCommand, type: string): string[] {
  const handler = command.getType(type)?.handler;
  if (handler instanceof EnumType) return handler.values().map(String);
  return command.getCompletion(type)?.complete() ?? [];
}

function operandsOf(command: AnyCommand): Completion["operands"] {
  const offered = command.getArguments().map(({ type }) => valuesOf(command, type));
  return { first: offered[0] ?? [], others: offered.at(-1) ?? [] };
}

/** What can follow each command of a tree, the outermost first. */
export function completionsOf(
  command: AnyCommand,
  path: string[] = [],
): Completion[] {
  const options = command.getOptions();
  return [
    {
      path,
      commands: command.getCommands().map((sub) => ({
        word: sub.getName(),
        description: sub.getDescription(),
      })),
      options: [...options, {
        flags: ["-h", "--help"],
        description: "Show this help.",
      }]
        .flatMap(({ flags, description }) => flags.map((word) => ({ word, description }))),
      values: options.flatMap(({ flags, args: [value] }): [string[], string[]][] =>
        value === undefined ? [] : [[flags, valuesOf(command, value.type)]]
      ),
      operands: operandsOf(command),
    },
    ...command.getCommands().flatMap((sub) => completionsOf(sub, [...path, sub.getName()])),
  ];
}
