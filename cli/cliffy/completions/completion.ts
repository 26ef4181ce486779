import type { Command } from "../command.ts";
import { EnumType } from "../type.ts";

/** A word that a shell can offer. */
export interface Word {
  word: string;
  description: string;
}

/** The words that can follow one command. */
export interface Completion {
  /** The command's names, without the program's: `["lab", "run"]`. */
  path: string[];
  commands: Word[];
  options: Word[];
  /** The allowed values of options; an empty list allows any value: `[["--json"], []]`. */
  values: [flags: string[], values: string[]][];
  /** The words that a shell offers besides files, for the first argument and for the others. */
  operands: { first: string[]; others: string[] };
}

// deno-lint-ignore no-explicit-any
type AnyCommand = Command<any, any, any>;

/** The known values of a type. */
function valuesOf(command: AnyCommand, type: string): string[] {
  const handler = command.getType(type)?.handler;
  if (handler instanceof EnumType) return handler.values().map(String);
  return command.getCompletion(type)?.complete() ?? [];
}

function operandsOf(command: AnyCommand): Completion["operands"] {
  const offered = command.getArguments().map(({ type }) => valuesOf(command, type));
  return { first: offered[0] ?? [], others: offered.at(-1) ?? [] };
}

/** The words that can follow each command of a tree, the outermost first. */
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
