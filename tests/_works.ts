/** Whether a command succeeds; says so where it does not, since tests that need it are ignored then. */
export function works(command: string, args: readonly string[] = ["--version"]): boolean {
  let output: Deno.CommandOutput | undefined;
  try {
    output = new Deno.Command(command, { args: [...args] }).outputSync();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (output?.success) return true;
  console.warn(`"${command} ${args.join(" ")}" fails: tests that need it are ignored`);
  return false;
}

/** Whether a user may mount a filesystem in a namespace of its own. */
export function mayMount(): boolean {
  const mount = "mount -t tmpfs test /mnt";
  return works("unshare", ["--map-root-user", "--mount", "sh", "-c", mount]);
}

/** Whether there is IPv4, which a guest of the lab lacks. */
export function hasNetwork(): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port: 0 }).close();
    return true;
  } catch (error) {
    if (!String(error).includes("os error 97")) throw error; // EAFNOSUPPORT
    console.warn("there is no IPv4: tests that need it are ignored");
    return false;
  }
}
