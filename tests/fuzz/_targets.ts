import { benchTargets } from "./_bench_targets.ts";
import { cliTargets } from "./_cli_targets.ts";
import { handoverTargets } from "./_handover_targets.ts";
import { modelTargets } from "./_model_targets.ts";
import type { Target } from "./_target.ts";

/** Everything that reads what others wrote. */
export const targets: readonly Target[] = //
  [...cliTargets, ...benchTargets, ...handoverTargets, ...modelTargets];
