import { cacheFolder } from "./cache.ts";
import { LabError } from "./error.ts";
import type { Accelerator } from "./machine.ts";

/**
 * The accelerator for a wall clock. `/dev/kvm` may be there and not work, so `tryKvm` has to run a
 * guest; its answer is kept until the host boots again.
 */
export async function wallAccelerator(tryKvm: () => Promise<void>): Promise<Accelerator> {
  const boot = (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim();
  const answer = `${await cacheFolder("guest")}/accelerator-${boot}`;
  try {
    return await Deno.readTextFile(answer) as Accelerator;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const accelerator = await works(tryKvm) ? "kvm" : "tcg";
  await Deno.writeTextFile(`${answer}.tmp`, accelerator);
  await Deno.rename(`${answer}.tmp`, answer);
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
