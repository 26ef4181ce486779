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
}

// deno-lint-ignore no-explicit-any
type AnyCommand = Command<any, any, any>;

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
      values: options.flatMap(({ flags, args: [value] }): [string[], string[]][] => {
        if (value === undefined) return [];
        const handler = command.getType(value.type)?.handler;
        return [[flags, handler instanceof EnumType ? handler.values().map(String) : []]];
      }),
    },
    ...command.getCommands().flatMap((sub) => completionsOf(sub, [...path, sub.getName()])),
  ];
}
