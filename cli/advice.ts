import { describeObstacle, type Facts, type LoadPlan, planLoad, SPLIT_BYTES } from "../copy/mod.ts";

/** Advice for this machine: the best command, and improvements. */
export interface Advice {
  /** The command to use; null if nothing can be loaded. */
  command: string | null;
  /** The reason for the command. */
  reason: string;
  /** The command for a heap's dma-buf, with a note; null without heaps. */
  heap: { command: string; reason: string } | null;
  /** Missing abilities and how to enable them, the most useful first. */
  improvements: string[];
}

/** The option that makes a heap's buffers while others are read. */
export const SPLIT = `--split ${SPLIT_BYTES >> 20n}MiB`;

/** The recommended command for a file of `bytes`, based on the kernel's abilities. */
export function advise(facts: Facts, bytes: bigint): Advice {
  let plan: LoadPlan;
  try {
    plan = planLoad(facts, { sizes: [bytes] });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { command: null, reason, heap: null, improvements: [] };
  }
  const { kind, pages, reason } = plan;
  return {
    command: `dmacopy copy FILE ${kind}${pages === "4k" ? "" : `:${pages}`}`,
    reason,
    heap: facts.heaps.length > 0 && kind !== "dmabuf" ? heapAdvice(facts) : null,
    improvements: improvements(plan),
  };
}

function heapAdvice({ series, defersClearing }: Facts): Advice["heap"] {
  const command = "dmacopy copy FILE dmabuf";
  if (!series) {
    return { command, reason: "without the series, the CPU copies into a heap's dma-buf" };
  }
  if (defersClearing) return { command, reason: "the heap clears nothing that a file overwrites" };
  return {
    command: `${command} ${SPLIT}`,
    reason:
      "a heap allocates and zeroes a whole dma-buf before the first byte is read: with several, " +
      "each is made while another is read",
  };
}

/** The obstacles to faster methods, and to methods into a heap's dma-buf, that the user can remove. */
function improvements({ missed, rejected }: LoadPlan): string[] {
  const heaps = rejected.filter(({ kind }) => kind === "dmabuf");
  const mendable = [...missed, ...heaps].filter(({ fix }) => fix !== undefined);
  return [...new Set(mendable.map(describeObstacle))];
}

/** {@linkcode Advice} as lines of text, without the improvements that the user has seen before. */
export function describeAdvice(
  { command, reason, heap, improvements }: Advice,
  said: readonly string[] = [],
): string {
  return [
    ...(command === null ? [reason] : [`recommended: ${command}`, `             ${reason}`]),
    ...(heap ? [`of a heap:   ${heap.command}`, `             ${heap.reason}`] : []),
    ...improvements.filter((line) => !said.includes(line)).map((line) => `missing: ${line}`),
  ].join("\n");
}
