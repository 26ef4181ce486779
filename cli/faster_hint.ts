import { describeObstacle, type Facts, type LoadedBuffer, planLoad, probe } from "../copy/mod.ts";
import { SPLIT } from "./advice.ts";
import { COPYING, cpuCopies } from "./report_load.ts";

/** For files of this size and more, the time to make a buffer matters. */
const LARGE_BYTES = 64n << 20n;

/** The change that would make the copy faster; null if there is none. */
export function fasterHint(
  { buffer, bytes, plan }: LoadedBuffer,
  { defersClearing }: Pick<Facts, "defersClearing"> = probe(),
): string | null {
  // The plan avoided copies, but met an obstacle that any buffer has.
  const copied = cpuCopies(plan) > 0;
  const setting = plan.missed.find(({ method, fix }) =>
    copied && fix !== undefined && !COPYING.includes(method)
  );
  if (setting) return `without a CPU copy, but ${describeObstacle(setting)}`;
  if (buffer.kind !== "dmabuf" || bytes < LARGE_BYTES || (defersClearing && !copied)) return null;
  const why = copied
    ? "the CPU copies into a heap's dma-buf on this kernel"
    : "a heap allocates a whole dma-buf before the first byte is read";
  const ways = [...(hasHugeUdmabufs(bytes) ? ["udmabuf"] : []), ...(copied ? [] : [SPLIT])];
  return ways.length === 0 ? null : `${why}: ${ways.join(" or ")} is faster`;
}

function hasHugeUdmabufs(bytes: bigint): boolean {
  try {
    return planLoad(probe(), { kind: "udmabuf", sizes: [bytes] }).pages !== "4k";
  } catch {
    return false;
  }
}
