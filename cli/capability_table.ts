import { givesTransparentHugePages } from "../copy/huge_pages.ts";
import { describeObstacle, type Facts, type Support } from "../copy/mod.ts";
import Table from "cli-table3";
import { formatSize } from "../terminal/format.ts";
import { PLAIN } from "../terminal/plain_table.ts";

type Line = [what: string, answer: string];

const [GREEN, RED, PLAIN_COLOUR] = ["\x1b[32m", "\x1b[31m", "\x1b[39m"];

/** Gives ✓ or ✗, in colour if `color` is set. */
function mark(isGood: boolean, colour: boolean): string {
  const sign = isGood ? "✓" : "✗";
  return colour ? (isGood ? GREEN : RED) + sign + PLAIN_COLOUR : sign;
}

/** Describes abilities that work and that don't; the first line that has a cause explains it. */
class Marks {
  readonly #colour: boolean;
  readonly #said = new Map<string, string>();

  constructor(colour: boolean) {
    this.#colour = colour;
  }

  plain(what: string, isGood: boolean): Line {
    return [what, mark(isGood, this.#colour)];
  }

  line(what: string, support: Support, detail = ""): Line {
    const [, sign] = this.plain(what, support.supported);
    if (support.supported) return [what, `${sign} ${detail}`.trimEnd()];
    const cause = describeObstacle(support);
    const first = this.#said.get(cause);
    this.#said.set(cause, first ?? what);
    return [what, `${sign} ${first === undefined ? cause : `see ${first}`}`];
  }

  each(what: string, supports: Record<string, Support>): Line[] {
    return Object.entries(supports).map(([kind, support]) => this.line(`${what} ${kind}`, support));
  }
}

/** Describes how memfds get huge pages whatever the setting is. */
function hugePagesDetail({ hugePages }: Facts): string {
  const setting = `shmem_enabled is "${hugePages.transparent}"`;
  return givesTransparentHugePages(hugePages)
    ? setting
    : `collapsed from small ones by madvise(2), as ${setting}`;
}

function limits({ udmabufLimits: { sizeMiB, listEntries } }: Facts): string {
  const size = sizeMiB === null ? "unlimited size" : `${sizeMiB} MiB per buffer`;
  return `${size}, ${listEntries ?? "?"} memfds in one buffer`;
}

function alignment(direct: NonNullable<Facts["direct"]>): string {
  if (direct.alignment === null) return "no direct I/O";
  if (direct.alignment === "unknown") return "the filesystem does not tell its alignment";
  const { offsetBytes, memoryBytes } = direct.alignment;
  return `offsets at multiples of ${offsetBytes} B, memory at multiples of ${memoryBytes} B`;
}

/** The kernel's abilities as a table, in colour for a terminal. */
export function capabilityTable(
  found: Facts,
  { colour = false }: { colour?: boolean } = {},
): string {
  const { free, bytes } = found.hugePages;
  const marks = new Marks(colour);
  const table = new Table({ ...PLAIN, colWidths: [34, 88], wordWrap: true });
  table.push(
    ["kernel", found.kernel],
    marks.plain("carries the series", found.series),
    ...marks.each("buffer", found.buffers),
    ...marks.each("copy_file_range into", found.copyFileRange),
    ["dma-buf heaps", found.heaps.join(", ") || "none"],
    ...(found.buffers.dmabuf.supported
      ? [["the heap's memory is cleared", found.defersClearing ? "at its first use" : "when made"]]
      : []),
    ...(found.buffers.udmabuf.supported ? [["udmabuf's limits", limits(found)]] : []),
    marks.line("memfds of huge pages", found.transparentHugePages, hugePagesDetail(found)),
    marks.line("reads by io_uring", found.ioUring),
    ["hugetlb pages", bytes ? `${free} free of ${formatSize(bytes)}` : "not in this kernel"],
    ...(found.direct ? [[`direct I/O on ${found.direct.path}`, alignment(found.direct)]] : []),
  );
  return table.toString().split("\n").map((line) => line.trimEnd()).join("\n");
}

/** All explanations of missing abilities in {@linkcode capabilityTable}. */
export function causesIn(
  { buffers, copyFileRange, transparentHugePages, ioUring }: Facts,
): string[] {
  const all = [
    ...Object.values(buffers),
    ...Object.values(copyFileRange),
    transparentHugePages,
    ioUring,
  ];
  return all.flatMap((support) => support.supported ? [] : [describeObstacle(support)]);
}
