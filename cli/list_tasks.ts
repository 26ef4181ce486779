// `./run --tasks`, and `./run TASK --help` for a task without its own help.
import config from "../deno.json" with { type: "json" };
import { program } from "./program.ts";

const commands = (await program()).getCommands().map((command) => command.getName());
const tasks = Object.entries(config.tasks).filter(([name]) => !commands.includes(name));
const [asked] = Deno.args;
if (asked === undefined) {
  const width = Math.max(...tasks.map(([name]) => name.length));
  const lines = tasks.map(([name, { description }]) => `  ${name.padEnd(width)}  ${description}`);
  console.log(["Developers' tasks, for ./run TASK:", "", ...lines].join("\n"));
} else {
  for (const [name, { description, command }] of tasks) {
    if (name === asked) console.log(`${description}.\n\n./run ${name} runs:\n  ${command}`);
  }
}
