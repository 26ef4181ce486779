import { ifThere } from "../base/if_there.ts";
import type { DeviceBytes } from "./result.ts";

/** The lab's modelled disk counts here; only the lab has this module. */
const parameters = "/sys/module/dm_lab_disk/parameters";

function parameter(name: string): number {
  return Number(Deno.readTextFileSync(`${parameters}/${name}`));
}

/** The counts of the modelled disk since boot; null if there is none. */
export function deviceBytes(): DeviceBytes | null {
  return ifThere(() => ({ total: parameter("total_bytes"), late: parameter("late_bytes") }));
}

/** The counts since `before`. */
export function deviceBytesSince(before: DeviceBytes | null): DeviceBytes | null {
  const now = deviceBytes();
  if (before === null || now === null) return null;
  return { total: now.total - before.total, late: now.late - before.late };
}

/** More late bytes than this share make a run invalid. */
const lateShare = 0.01;

/** Whether too many bytes were late, so that the run does not count. */
export function isLate(device: DeviceBytes | null): boolean {
  return device !== null && device.late > lateShare * device.total;
}
