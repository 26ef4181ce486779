import {
  describeObstacle,
  type LoadedBuffer,
  type LoadedFiles,
  type LoadMethod,
  type Rejected,
  type SavedFile,
  type SaveMethod,
} from "../copy/mod.ts";
import { formatDuration, formatRate, formatSize } from "../terminal/format.ts";

/** The common names of page kinds, after the buffer's name. */
const PAGES = { "4k": "", thp: "+THP", hugetlb: "+hugetlb" } as const;

/** The facts to report about a copy, in either direction. */
export interface CopyReport {
  bytes: bigint;
  elapsedMs: number;
  /** `udmabuf+THP` */
  buffer: string;
  method: LoadMethod | SaveMethod;
  direct: boolean;
  verified: boolean;
  /** The XXH64 of the content, if it was asked for. */
  checksum?: string | null;
  /** The disk's bandwidth in bytes/s, if it is known. */
  diskRate: number | null;
}

/** The kind of buffer that a file was loaded into: `udmabuf+THP`. */
export function bufferName({ buffer, pages }: LoadedBuffer): string {
  return buffer.kind + PAGES[pages];
}

/** Methods that copy even data that was read directly. */
export const COPYING: readonly (LoadMethod | SaveMethod)[] = ["sendfile", "splice", "bounce"];

/** How often the CPU copies each byte, as measured: never if the disk writes to the buffer's pages. */
export function cpuCopies({ method, direct }: Pick<CopyReport, "method" | "direct">): number {
  return direct && !COPYING.includes(method) ? 0 : 1;
}

function copies(count: number): string {
  return `${count} CPU ${count === 1 ? "copy" : "copies"}`;
}

/** `4.21 GiB in 1.09 s (3.86 GiB/s, 97 % of this disk), udmabuf+THP, direct read, 0 CPU copies, verified` */
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
    ...(report.checksum ? [`XXH64 ${report.checksum}`] : []),
  ].join(", ");
}

/** The chosen method and the reason, and the other methods, grouped by their obstacles. */
export function explainLoad(file: LoadedBuffer): string {
  const { chunkBytes, depth, rejected } = file.plan;
  const pieces = `${depth} × ${formatSize(chunkBytes)} at once`;
  const way = `${file.direct ? "direct" : "buffered"} ${file.method}`;
  return [
    `${bufferName(file)}, ${way}, ${pieces}: ${file.reason}`,
    ...[...Map.groupBy(rejected, describeObstacle)].map(([why, others]) =>
      `not ${others.map(nameOf).join("; ")}: ${why}`
    ),
  ].join("\n");
}

function nameOf({ kind, via, pages, method }: Rejected): string {
  const through = kind === "udmabuf" && via === "dmabuf" ? " through its dma-buf" : "";
  return `${kind}${PAGES[pages]}${through}, ${method}`;
}

/** The object that `--json` prints after loading: about a single buffer, or about all and each. */
export function loadedAsJson({ files, elapsedMs, cpuMs }: LoadedFiles): Record<string, unknown> {
  const [only, another] = files;
  const bytes = files.reduce((sum, file) => sum + Number(file.bytes), 0);
  const total = { elapsedMs, cpuMs, bytesPerSecond: Math.round(bytes / (elapsedMs / 1000)) };
  if (only && !another) return { ...bufferAsJson(only), ...total };
  return { bytes, ...total, files: files.map(bufferAsJson) };
}

function bufferAsJson(file: LoadedBuffer): Record<string, unknown> {
  const { buffer, bytes, direct, directBytes, layout, method, pages, plan, verified, checksum } =
    file;
  return {
    bytes: Number(bytes),
    buffer: buffer.kind,
    via: buffer.via,
    bufferBytes: Number(buffer.bytes),
    pages,
    method,
    direct,
    directBytes: Number(directBytes),
    cpuCopies: cpuCopies(file),
    chunkBytes: Number(plan.chunkBytes),
    depth: plan.depth,
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

/** The object that `--json` prints after saving. */
export function savedAsJson(file: SavedFile): Record<string, unknown> {
  const { path, bytes, direct, directBytes, elapsedMs, method, verified, checksum, reason } = file;
  return {
    path,
    bytes: Number(bytes),
    method,
    direct,
    directBytes: Number(directBytes),
    cpuCopies: cpuCopies(file),
    elapsedMs,
    bytesPerSecond: Math.round(Number(bytes) / (elapsedMs / 1000)),
    verified,
    xxh64: checksum,
    reason,
  };
}
