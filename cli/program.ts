import { Command } from "@cliffy/command";
import { CompletionsCommand } from "@cliffy/command/completions";
import { HelpCommand } from "@cliffy/command/help";
import config from "../deno.json" with { type: "json" };

/** How each command is loaded: with all that it imports, which takes longer than a small copy. */
const commands = {
  copy: async () => (await import("./copy.ts")).copyCommand,
  capture: async () => (await import("./capture.ts")).captureCommand,
  snapshot: async () => (await import("./snapshot.ts")).snapshotCommand,
  restore: async () => (await import("./restore.ts")).restoreCommand,
  inspect: async () => (await import("./inspect.ts")).inspectCommand,
  bench: async () => (await import("./bench.ts")).benchCommand,
  doctor: async () => (await import("./doctor.ts")).doctorCommand,
  lab: async () => (await import("./lab.ts")).labCommand,
} as const;

type Name = keyof typeof commands;

function isName(word: string | undefined): word is Name {
  return word !== undefined && Object.hasOwn(commands, word);
}

/**
 * The command line.
 *
 * @param args If they begin with a command, only that command is loaded. @default all commands are
 */
export async function program(args: readonly string[] = []) {
  const [first] = args;
  const names = isName(first) ? [first] : Object.keys(commands) as Name[];
  const main = new Command()
    .name("dmacopy")
    .version(config.version)
    .description("Gets files into device-shareable memory (dma-buf) and back, at the disk's speed.")
    .throwErrors();
  for (const name of names) main.command(name, await commands[name]());
  return main
    .command("completions", new CompletionsCommand())
    .command("help", new HelpCommand());
}
