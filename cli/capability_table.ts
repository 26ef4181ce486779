import { describeObstacle, type Facts, type Support } from "../copy/mod.ts";
import Table from "cli-table3";
import { formatSize } from "../terminal/format.ts";
import { PLAIN } from "../terminal/plain_table.ts";

type Line = [what: string, answer: string];

const yesOrWhy = (support: Support) =>
  support.supported ? "yes" : `no: ${describeObstacle(support)}`;

function each(what: string, supports: Record<string, Support>): Line[] {
  return Object.entries(supports).map(([kind, support]) => [`${what} ${kind}`, yesOrWhy(support)]);
}

function limits({ udmabufLimits: { sizeMiB, listEntries } }: Facts): string {
  const size = sizeMiB === null ? "no limit of size" : `${sizeMiB} MiB a buffer`;
  return `${size}, ${listEntries ?? "?"} memfds in one`;
}

function alignment(direct: NonNullable<Facts["direct"]>): string {
  if (direct.alignment === null) return "no direct I/O";
  if (direct.alignment === "unknown") return "the filesystem does not say";
  const { offsetBytes, memoryBytes } = direct.alignment;
  return `offsets to ${offsetBytes} B, memory to ${memoryBytes} B`;
}

/** What a kernel offers, as a table. */
export function capabilityTable(found: Facts): string {
  const { transparent, free, bytes } = found.hugePages;
  const table = new Table({ ...PLAIN, colWidths: [34, 88], wordWrap: true });
  table.push(
    ["kernel", found.kernel],
    ["carries the series", found.series ? "yes" : "no"],
    ...each("buffer", found.buffers),
    ...each("copy_file_range into", found.copyFileRange),
    ["dma-buf heaps", found.heaps.join(", ") || "none"],
    ["the heap's memory is cleared", found.defersClearing ? "when it is first used" : "when made"],
    ["udmabuf's limits", limits(found)],
    ["transparent huge pages, memfd", transparent ?? "not in this kernel"],
    ["memfds of huge pages", yesOrWhy(found.transparentHugePages)],
    ["reads by io_uring", yesOrWhy(found.ioUring)],
    ["hugetlb pages", bytes ? `${free} free of ${formatSize(bytes)}` : "not in this kernel"],
    ...(found.direct ? [[`direct I/O on ${found.direct.path}`, alignment(found.direct)]] : []),
  );
  return table.toString().split("\n").map((line) => line.trimEnd()).join("\n");
}
