import { splitExec } from "./exec.ts";
import { printJsonError, wantsJson } from "./json_error.ts";
import { takeOperands } from "./operands.ts";
import { program } from "./program.ts";
import { reportError } from "../terminal/report_error.ts";

/** `deno task` changes to the project's root, but paths on the command line mean the caller's folder. */
function enterCallersFolder(): void {
  const folder = Deno.env.get("INIT_CWD");
  if (folder) Deno.chdir(folder);
}

try {
  enterCallersFolder();
  const args = takeOperands(splitExec(Deno.args));
  await (await program(args)).parse(args);
} catch (error) {
  if (wantsJson(Deno.args)) printJsonError(error);
  Deno.exit(reportError(error));
}
