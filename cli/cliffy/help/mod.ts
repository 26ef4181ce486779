import { Command } from "../command.ts";
import type { None } from "../infer.ts";
import { unknownCommand } from "../errors.ts";

/** `help [command]`: shows the program's help, or a command's. */
export class HelpCommand extends Command<None, [command?: string]> {
  constructor() {
    super();
    this.description("Show this help or the help of a sub-command.")
      .arguments("[command:string]")
      .action((_, name) => {
        const main = this.getMainCommand();
        const command = name === undefined ? main : main.getCommand(name);
        if (!command) throw unknownCommand(name!, main.getCommands().map((it) => it.getName()));
        command.showHelp();
      });
  }
}
