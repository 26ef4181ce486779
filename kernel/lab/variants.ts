import type { Series } from "./tree.ts";

/** What makes a kernel of the lab; all carry the instruments. */
export const VARIANTS = {
  /** Debian's source. */
  stock: { series: null, fragments: [] },
  /** With the project's series. */
  patched: { series: "series", fragments: [] },
  /** With kprobe histograms, which slow it. */
  traced: { series: "series", fragments: ["config-traced"] },
  /** With the checks of a kernel developer, and faults to inject. */
  debug: { series: "series", fragments: ["config-debug"] },
  /** With drivers that take buffers: V4L2 and DRM. */
  devices: { series: "series", fragments: ["config-devices"] },
  /** With the series' alternative: dma-bufs that can be read, written and spliced. */
  "rw-iter": { series: "series-rw-iter", fragments: [] },
} as const;

/** The name of one of the lab's kernels. */
export type Variant = keyof typeof VARIANTS;

/** The names of the lab's kernels. */
export const variants = Object.keys(VARIANTS) as Variant[];

/** The series that a variant carries, if any. */
export function seriesOf(variant: Variant): Series | null {
  return VARIANTS[variant].series;
}

/** Whether a variant's dma-bufs serve copy_file_range(2). */
export function carriesSeries(variant: Variant): boolean {
  return seriesOf(variant) === "series";
}

/** Whether a variant has drivers that take buffers. */
export function hasDevices(variant: Variant): boolean {
  return variant === "devices";
}
