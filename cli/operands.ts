import { ValidationError } from "@cliffy/command";
import { EXEC, takesExec } from "./exec.ts";

/** The commands that take paths. */
const WITH_PATHS = ["copy", "inspect", "doctor", "snapshot", "restore", "capture"];

/**
 * Treats `--` as the end of the options: the rest are paths, even if they begin with a dash. After
 * `copy … --exec`, `restore … --exec` and `lab run` the rest is a program's command line, and stays.
 *
 * @throws {ValidationError} if the command takes none
 */
export function takeOperands(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const isCommandLine = takesExec(before)
    ? before.includes(EXEC)
    : before[0] === "lab" && before[1] === "run";
  if (isCommandLine) return [...args];
  const operands = args.slice(before.length + 1);
  if (operands.length > 0 && !WITH_PATHS.includes(before[0] ?? "")) {
    const command = ["dmacopy", ...before].join(" ");
    throw new ValidationError(`${command} takes nothing after --: leave out ${operands.join(" ")}`);
  }
  return [...before, ...operands.map((path) => path.startsWith("-") ? `./${path}` : path)];
}
