import { type LoadedFile, planLoad } from "../copy/mod.ts";
import { COPYING, cpuCopies } from "./report_load.ts";

/** From here on the making of a buffer shows. */
const LARGE_BYTES = 64n << 20n;
/** What makes a heap's buffers while others are read. */
const SPLIT = "--split 32MiB";

/** What to change for a faster way, where there was one; else null. */
export function fasterHint(file: LoadedFile): string | null {
  const { buffer, plan } = file;
  // What was planned without a copy met with something that another buffer would not change.
  const copied = cpuCopies(plan) > 0;
  const others = copied ? plan.rejected.filter(({ method }) => !COPYING.includes(method)) : [];
  const setting = others.find(({ reason }) => reason.includes(": echo "))?.reason;
  if (setting !== undefined) return `without a CPU copy, but ${setting}`;
  if (buffer.kind !== "dmabuf" || file.bytes < LARGE_BYTES) return null;
  const why = copied
    ? "the CPU copies into a heap's dma-buf on this kernel"
    : "a heap makes all of a dma-buf before the first byte is read";
  const ways = [...(hasHugeUdmabufs(file.bytes) ? ["udmabuf"] : []), ...(copied ? [] : [SPLIT])];
  return ways.length === 0 ? null : `${why}: faster is ${ways.join(" or ")}`;
}

function hasHugeUdmabufs(bytes: bigint): boolean {
  try {
    return planLoad({ kind: "udmabuf+memfd", bytes }).pages !== "4k";
  } catch {
    return false;
  }
}
