import type { LoadedFile, LoadMethod, Rejected, SavedFile } from "../copy/mod.ts";
import { formatDuration, formatRate, formatSize } from "../terminal/format.ts";

/** Pages by the name that people know, after the buffer's. */
const PAGES = { "4k": "", thp: "+THP", hugetlb: "+hugetlb" } as const;

/** What to report of a copy, in either direction. */
export interface CopyReport {
  bytes: bigint;
  elapsedMs: number;
  /** `udmabuf+THP` */
  buffer: string;
  method: LoadMethod;
  direct: boolean;
  verified: boolean;
  /** The disk's bandwidth in bytes/s, where it is known. */
  diskRate: number | null;
}

/** `udmabuf+THP`: what a file was loaded into. */
export function bufferName({ buffer, plan }: LoadedFile): string {
  return buffer.kind.replace("+memfd", "") + PAGES[plan.pages];
}

/** Methods that copy even what was read directly. */
export const COPYING: readonly LoadMethod[] = ["sendfile", "splice", "bounce"];

/** How often the CPU touches each byte: as measured, none where the disk writes to the pages. */
export function cpuCopies({ method, direct }: { method: LoadMethod; direct: boolean }): number {
  return direct && !COPYING.includes(method) ? 0 : 1;
}

function copies(count: number): string {
  return `${count} CPU ${count === 1 ? "copy" : "copies"}`;
}

/** `4.21 GiB in 1.09 s (3.86 GiB/s, 97 % of this disk), udmabuf+THP, direct R/W, 0 CPU copies, verified` */
export function summarize(report: CopyReport): string {
  const { bytes, elapsedMs, diskRate, direct, method } = report;
  const rate = [formatRate(bytes, elapsedMs)];
  if (diskRate !== null) {
    const share = Number(bytes) / (elapsedMs / 1000) / diskRate;
    rate.push(`${Math.round(share * 100)} % of this disk`);
  }
  return [
    `${formatSize(bytes)} in ${formatDuration(elapsedMs)} (${rate.join(", ")})`,
    report.buffer,
    `${direct ? "direct" : "buffered"} ${method}`,
    copies(cpuCopies(report)),
    report.verified ? "verified" : "not verified",
  ].join(", ");
}

/** Which way was taken and why, and why no other. */
export function explainLoad(file: LoadedFile): string {
  const { chunkBytes, depth, rejected } = file.plan;
  const pieces = `${depth} × ${formatSize(chunkBytes)} at once`;
  const way = `${file.direct ? "direct" : "buffered"} ${file.method}`;
  return [
    `${bufferName(file)}, ${way}, ${pieces}: ${file.reason}`,
    ...rejected.map((other) => `not ${nameOf(other)}: ${other.reason}`),
  ].join("\n");
}

function nameOf({ kind, pages, method }: Rejected): string {
  return `${kind.replace("+memfd", "")}${PAGES[pages]}, ${method}`;
}

/** What `--json` prints of a loaded file. */
export function loadedAsJson(file: LoadedFile): Record<string, unknown> {
  const { buffer, bytes, direct, elapsedMs, cpuMs, layout, method, plan, verified, checksum } =
    file;
  return {
    bytes: Number(bytes),
    buffer: buffer.kind,
    bufferBytes: Number(buffer.bytes),
    pages: plan.pages,
    method,
    direct,
    cpuCopies: cpuCopies(file),
    chunkBytes: Number(plan.chunkBytes),
    depth: plan.depth,
    elapsedMs,
    cpuMs,
    bytesPerSecond: Math.round(Number(bytes) / (elapsedMs / 1000)),
    verified,
    xxh64: checksum,
    reason: file.reason,
    rejected: plan.rejected,
    layout: layout.map(({ path, fileOffset, bufferOffset, bytes }) => ({
      path,
      fileOffset: Number(fileOffset),
      bufferOffset: Number(bufferOffset),
      bytes: Number(bytes),
    })),
  };
}

/** What `--json` prints of a saved file. */
export function savedAsJson(file: SavedFile): Record<string, unknown> {
  const { path, bytes, direct, elapsedMs, method, verified, checksum, reason } = file;
  return {
    path,
    bytes: Number(bytes),
    method,
    direct,
    cpuCopies: cpuCopies(file),
    elapsedMs,
    bytesPerSecond: Math.round(Number(bytes) / (elapsedMs / 1000)),
    verified,
    xxh64: checksum,
    reason,
  };
}
