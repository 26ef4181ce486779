import { type Capabilities, howToEnable, type LoadPlan } from "../copy/mod.ts";

/** What this machine should do, and what would make it faster. */
export interface Advice {
  /** The command to use. */
  command: string;
  /** Why so. */
  reason: string;
  /** The command where it must be a heap's dma-buf, and what to know of it; null without heaps. */
  heap: { command: string; reason: string } | null;
  /** What is missing, and how to enable it; the most useful first. */
  improvements: string[];
}

const MIB = 1024 * 1024;

/** How destinations are written, by the kind of buffer. */
const DESTINATIONS = {
  "memfd": "memfd",
  "udmabuf": "udmabuf",
  "udmabuf+memfd": "udmabuf",
  "dmabuf": "dmabuf",
} as const;

/** The recommended command for files of `bytes`, by what the kernel offers. */
export function advise(found: Capabilities, plan: LoadPlan, bytes: bigint): Advice {
  const { kind, pages, reason } = plan;
  const destination = DESTINATIONS[kind] + (pages === "4k" ? "" : `:${pages}`);
  return {
    command: `dmacopy copy FILE ${destination}`,
    reason,
    heap: found.heaps.length > 0 && kind !== "dmabuf" ? heapAdvice(found) : null,
    improvements: improvements(found, plan, Number(bytes)),
  };
}

function heapAdvice({ series }: Capabilities): Advice["heap"] {
  return series
    ? {
      command: "dmacopy copy FILE dmabuf --split 32MiB",
      reason:
        "a heap makes and zeroes all of a dma-buf before the first byte is read: of several, " +
        "each is made while another is read",
    }
    : {
      command: "dmacopy copy FILE dmabuf",
      reason: "into a heap's dma-buf, without the series, the CPU copies",
    };
}

function improvements(found: Capabilities, plan: LoadPlan, bytes: number): string[] {
  const { buffers, heaps, hugePages, udmabufLimits, series } = found;
  const lines: string[] = [];
  const udmabuf = buffers["udmabuf+memfd"];
  if (!udmabuf.supported) {
    const enable = howToEnable("udmabuf", udmabuf) ?? "see dmesg";
    lines.push(
      `udmabuf, a dma-buf filled without CPU copies: ${enable} (${udmabuf.reason})`,
    );
  }
  const { sizeMiB } = udmabufLimits;
  if (sizeMiB !== null && sizeMiB * MIB < bytes) {
    const needed = Math.ceil(bytes / MIB);
    lines.push(
      `udmabufs beyond ${sizeMiB} MiB: echo ${needed} > ` +
        "/sys/module/udmabuf/parameters/size_limit_mb, or udmabuf.size_limit_mb= at boot, or " +
        `--split ${sizeMiB}MiB`,
    );
  }
  if (plan.pages === "4k" && plan.kind !== "dmabuf") {
    lines.push(
      hugePages.transparent === null
        ? "huge pages, which are cheap to make and to pin: a kernel with " +
          "CONFIG_TRANSPARENT_HUGEPAGE"
        : "huge pages, which are cheap to make and to pin: " +
          "echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled",
    );
  }
  if (!buffers.dmabuf.supported && heaps.length > 0) {
    const enable = howToEnable("dmabuf", buffers.dmabuf) ?? "see dmesg";
    lines.push(`dma-bufs of a heap: ${enable} (${buffers.dmabuf.reason})`);
  } else if (heaps.length === 0) {
    lines.push("dma-bufs of a heap: a kernel with CONFIG_DMABUF_HEAPS_SYSTEM");
  } else if (!series) {
    lines.push("files into a heap's dma-buf without a CPU copy: a kernel with kernel/series");
  }
  return lines;
}

/** {@linkcode Advice} as lines of text. */
export function describeAdvice({ command, reason, heap, improvements }: Advice): string {
  return [
    `recommended: ${command}`,
    `             ${reason}`,
    ...(heap ? [`of a heap:   ${heap.command}`, `             ${heap.reason}`] : []),
    ...improvements.map((line) => `missing: ${line}`),
  ].join("\n");
}
