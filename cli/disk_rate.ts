/** The disk's bandwidth in bytes/s where it is known: the lab's modelled disk is. */
export function diskRate(commandLine = readCommandLine()): number | null {
  const rate = Number(/(?:^| )dmacopy\.device=(\d+),/.exec(commandLine)?.[1] ?? 0);
  return rate > 0 ? rate : null;
}

function readCommandLine(): string {
  try {
    return Deno.readTextFileSync("/proc/cmdline");
  } catch {
    return "";
  }
}
