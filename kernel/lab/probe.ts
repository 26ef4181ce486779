import { cacheFolder } from "../../base/cache_folder.ts";
import { ifThere } from "../../base/if_there.ts";
import { writeWhole } from "../../base/write_whole.ts";
import { LabError } from "./error.ts";
import type { Accelerator } from "./machine.ts";

/**
 * The accelerator for a wall clock. `/dev/kvm` may exist and not work, so `tryKvm` must run a
 * guest; its answer is kept until the next boot of the host.
 */
export async function wallAccelerator(tryKvm: () => Promise<void>): Promise<Accelerator> {
  const boot = (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim();
  const answer = `${cacheFolder("guest")}/accelerator-${boot}`;
  const known = ifThere(() => Deno.readTextFileSync(answer));
  if (known !== null) return known as Accelerator;
  const accelerator = await works(tryKvm) ? "kvm" : "tcg";
  writeWhole(answer, accelerator);
  return accelerator;
}

async function works(tryKvm: () => Promise<void>): Promise<boolean> {
  try {
    using _ = await Deno.open("/dev/kvm", { read: true, write: true });
    await tryKvm();
    return true;
  } catch (error) {
    const expected = [LabError, Deno.errors.NotFound, Deno.errors.PermissionDenied];
    if (expected.some((kind) => error instanceof kind)) return false;
    throw error;
  }
}
