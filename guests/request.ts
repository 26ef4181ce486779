import type { Direction } from "../bench/mod.ts";
import type { Arch, Base, Clock, Filesystem, Variant } from "../kernel/lab/mod.ts";

/** The rows that `bench` should measure, and the place. Sizes are in bytes. */
export interface Request {
  rows?: string | undefined;
  size?: bigint | undefined;
  chunk?: bigint | undefined;
  runs?: number | undefined;
  seed?: number | undefined;
  quick?: boolean | undefined;
  direction?: Direction | undefined;
  host?: boolean | undefined;
  file?: string | undefined;
  arch?: Arch | undefined;
  base?: Base | undefined;
  kernel?: Variant | undefined;
  clock?: Clock | undefined;
  /** The filesystem of the lab's data disk. */
  filesystem?: Filesystem | undefined;
  /** The bandwidth of the lab's disk, in bytes per second. */
  deviceBandwidth?: number | undefined;
  /** The latency of the lab's disk, in microseconds. */
  deviceLatency?: number | undefined;
  /** The number of lab guests that share the rows. */
  guests?: number | undefined;
  quiet: boolean;
}
