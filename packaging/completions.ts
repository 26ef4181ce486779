import { run } from "../kernel/lab/mod.ts";

/** Each shell's completion file, by the name that the shell looks for. */
const FILES = { bash: "dmacopy", zsh: "_dmacopy", fish: "dmacopy.fish" };

/**
 * Makes a folder, writes a completion file for each shell into it, and returns their paths.
 *
 * @param program The words that run the command line: `["deno", "run", "-A", "cli/main.ts"]`.
 */
export async function writeCompletions(folder: string, program: string[]): Promise<string[]> {
  await Deno.mkdir(folder, { recursive: true });
  const paths = [];
  for (const [shell, name] of Object.entries(FILES)) {
    const path = `${folder}/${name}`;
    await Deno.writeTextFile(path, await run([...program, "completions", shell]));
    paths.push(path);
  }
  return paths;
}
