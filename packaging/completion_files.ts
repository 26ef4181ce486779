// `deno task completion-files`: writes dist/completions, a file for each shell.
import { reportError } from "../terminal/report_error.ts";
import { writeCompletions } from "./completions.ts";
import { outputFolder } from "./program.ts";

const MAIN = new URL("../cli/main.ts", import.meta.url).pathname;

try {
  const folder = `${await outputFolder()}completions`;
  const paths = await writeCompletions(folder, [Deno.execPath(), "run", "-A", MAIN]);
  console.log(paths.join("\n"));
} catch (error) {
  Deno.exit(reportError(error));
}
