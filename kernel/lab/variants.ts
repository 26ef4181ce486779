import type { Arch } from "./arch.ts";
import type { Series } from "./tree.ts";

/** The parts of a lab kernel besides those that all have. */
interface Recipe {
  series: Series | null;
  /** The fragments of its configuration, below `kernel/lab/`. */
  fragments: readonly string[];
  /** More fragments, for one architecture. */
  more?: Partial<Record<Arch, readonly string[]>>;
  /** Its only architecture. @default all */
  arch?: Arch;
}

/** The variants of lab kernels; all carry the lab's own patches. */
export const VARIANTS = {
  /** Debian's source. */
  stock: { series: null, fragments: [] },
  /** With the project's series. */
  patched: { series: "series", fragments: [] },
  /** With kprobe histograms, which slow it. */
  traced: { series: "series", fragments: ["config-traced"] },
  /** With the checks of a kernel developer, and faults to inject. */
  debug: {
    series: "series",
    fragments: ["config-debug", "config-cma"],
    more: { arm64: ["config-debug-arm64"] },
  },
  /** With drivers that take buffers: V4L2 and DRM. */
  devices: { series: "series", fragments: ["config-devices"] },
  /** With those drivers, and without the series. */
  "stock-devices": { series: null, fragments: ["config-devices"] },
  /** With pages of 16 KiB. */
  "16k": { series: "series", fragments: ["config-16k"], arch: "arm64" },
  /** With pages of 64 KiB. */
  "64k": { series: "series", fragments: ["config-64k"], arch: "arm64" },
  /** With the series' alternative: dma-bufs that can be read, written and spliced. */
  "rw-iter": { series: "series-rw-iter", fragments: [] },
} as const satisfies Record<string, Recipe>;

/** The name of one of the lab's kernels. */
export type Variant = keyof typeof VARIANTS;

/** The names of the lab's kernels. */
export const variants = Object.keys(VARIANTS) as Variant[];

/** The series that a variant carries, if any. */
export function seriesOf(variant: Variant): Series | null {
  return VARIANTS[variant].series;
}

/** The fragments of a variant's configuration on an architecture. */
export function fragmentsOf(variant: Variant, arch: Arch): string[] {
  const { fragments, more }: Recipe = VARIANTS[variant];
  return [...fragments, ...more?.[arch] ?? []];
}

/** Whether an architecture has a variant. */
export function isOf(arch: Arch, variant: Variant): boolean {
  const { arch: only }: Recipe = VARIANTS[variant];
  return only === undefined || only === arch;
}

/** Whether a variant's dma-bufs serve copy_file_range(2). */
export function carriesSeries(variant: Variant): boolean {
  return seriesOf(variant) === "series";
}

/** Whether a variant has drivers that take buffers. */
export function hasDevices(variant: Variant): boolean {
  return VARIANTS[variant].fragments.some((fragment) => fragment === "config-devices");
}
