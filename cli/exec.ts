/** Everything after this is a command, not ours to parse. */
const EXEC = "--exec";

/** What `--exec` does, for the help. */
export const EXEC_HELP =
  "Then run what follows, with the buffer's descriptor; its status becomes ours.";

/** Ends the options after `copy … --exec`, as `--` does: what follows is the command. */
export function splitExec(args: readonly string[]): string[] {
  const at = args.indexOf(EXEC);
  const end = args.indexOf("--");
  if (args[0] !== "copy" || at < 0 || (end >= 0 && end < at) || end === at + 1) return [...args];
  return [...args.slice(0, at + 1), "--", ...args.slice(at + 1)];
}

/**
 * Runs a command with our standard streams and returns its exit status: 128 and the signal's number
 * where a signal ended it, as a shell does.
 *
 * @throws {Error} if there is no such program
 */
export async function runCommand(
  [command = "", ...args]: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  // A Ctrl-C reaches the whole process group: what to do about it is up to the command.
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  try {
    const child = new Deno.Command(command, { args, env, stdin: "inherit" }).spawn();
    return (await child.status).code;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(`can't run ${command}: there is no such program`, { cause });
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
  }
}
