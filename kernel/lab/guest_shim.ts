import { buildShim } from "../../ffi/build_shim.ts";
import { type Arch, HOST_ARCH } from "./arch.ts";
import { compilerFor } from "./foreign.ts";
import type { Step } from "./source.ts";

/** The path of the shim for guests of an architecture, built unless it is in the cache. */
export async function guestShim(arch: Arch, step: Step = {}): Promise<string> {
  if (arch === HOST_ARCH) return buildShim();
  const { command, flags } = await compilerFor(arch, step);
  return buildShim({ compiler: command, flags });
}
