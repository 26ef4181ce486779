/** The option after which everything is a command with its own options. */
export const EXEC = "--exec";

/** Whether a command line belongs to a command that takes it. */
export function takesExec([command]: readonly string[]): boolean {
  return command === "copy" || command === "restore";
}

/** The help of `--exec`. */
export const EXEC_HELP =
  "Then run the command that follows, with the buffers as descriptors 3, 4, …; dmacopy ends with " +
  "its exit status.";

/** Ends the options after `copy … --exec` and `restore … --exec`, as `--` does: the rest is the command. */
export function splitExec(args: readonly string[]): string[] {
  const at = args.indexOf(EXEC);
  const end = args.indexOf("--");
  if (!takesExec(args) || at < 0 || (end >= 0 && end < at) || end === at + 1) return [...args];
  return [...args.slice(0, at + 1), "--", ...args.slice(at + 1)];
}
