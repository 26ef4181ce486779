import { readSetting } from "../copy/huge_pages.ts";

/** The disk's bandwidth in bytes/s if it is known, as for the lab's modelled disk. */
export function diskRate(commandLine = readSetting("/proc/cmdline") ?? ""): number | null {
  const rate = Number(/(?:^| )dmacopy\.device=(\d+),/.exec(commandLine)?.[1] ?? 0);
  return rate > 0 ? rate : null;
}
