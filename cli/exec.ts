/** Everything after this is a command, not ours to parse. */
const EXEC = "--exec";

/** What `--exec` does, for the help. */
export const EXEC_HELP =
  "Then run what follows with the buffers as descriptors 3, 4, …; its status becomes ours.";

/** Ends the options after `copy … --exec`, as `--` does: what follows is the command. */
export function splitExec(args: readonly string[]): string[] {
  const at = args.indexOf(EXEC);
  const end = args.indexOf("--");
  if (args[0] !== "copy" || at < 0 || (end >= 0 && end < at) || end === at + 1) return [...args];
  return [...args.slice(0, at + 1), "--", ...args.slice(at + 1)];
}
