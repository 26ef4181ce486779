import type { LoadedFile } from "../copy/mod.ts";
import { formatDuration, formatRate, formatSize } from "./format.ts";

/** `direct R/W` */
function way({ direct, method }: Pick<LoadedFile, "direct" | "method">): string {
  return `${direct ? "direct" : "buffered"} ${method}`;
}

/** `4.21 GiB in 1.09 s (3.86 GiB/s), memfd, direct R/W, verified` */
export function summarizeLoad(file: LoadedFile): string {
  const { bytes, elapsedMs, buffer, verified } = file;
  const rate = formatRate(bytes, elapsedMs);
  return [
    `${formatSize(bytes)} in ${formatDuration(elapsedMs)} (${rate})`,
    buffer.kind,
    way(file),
    verified ? "verified" : "not verified",
  ].join(", ");
}

/** Which way was taken and why, and why no faster one. */
export function explainLoad(file: LoadedFile): string {
  const { kind, pages, rejected } = file.plan;
  return [
    `${kind} (${pages} pages), ${way(file)}: ${file.reason}`,
    ...rejected.map(({ kind, method, reason }) => `not ${kind}, ${method}: ${reason}`),
  ].join("\n");
}

/** What `--json` prints. */
export function loadedAsJson(file: LoadedFile): Record<string, unknown> {
  const { buffer, bytes, direct, elapsedMs, method, plan, reason, verified, checksum } = file;
  return {
    bytes: Number(bytes),
    buffer: buffer.kind,
    pages: plan.pages,
    method,
    direct,
    elapsedMs,
    bytesPerSecond: Math.round(Number(bytes) / (elapsedMs / 1000)),
    verified,
    xxh3: checksum,
    reason,
    rejected: plan.rejected,
  };
}
