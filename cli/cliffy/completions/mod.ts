import { Command } from "../command.ts";
import { bash, fish, zsh } from "./scripts.ts";
import { type Completion, completionsOf } from "./completion.ts";

const SHELLS: Record<
  string,
  (name: string, completions: Completion[]) => string
> = {
  bash,
  fish,
  zsh,
};

/** `completions bash|fish|zsh`: prints a shell's completion script. */
export class CompletionsCommand extends Command {
  constructor() {
    super();
    this.description("Generate shell completions.");
    for (const [shell, script] of Object.entries(SHELLS)) {
      const command = new Command()
        .description(`Generate shell completions for ${shell}.`)
        .option(
          "-n, --name <command-name:string>",
          "The name of the main command.",
        )
        .action((options) => {
          const main = this.getMainCommand();
          console.log(
            script(options.name ?? main.getName(), completionsOf(main)),
          );
        });
      this.command(shell, command);
    }
  }
}
