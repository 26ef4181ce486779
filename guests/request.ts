import type { Direction } from "../bench/mod.ts";
import type { Arch, Base, Clock, Filesystem, Variant } from "../kernel/lab/mod.ts";

/** What `bench` was asked to measure, and where. Sizes are in bytes. */
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
  /** Of the lab's data disk. */
  filesystem?: Filesystem | undefined;
  /** Of the lab's disk, in bytes a second. */
  deviceBandwidth?: number | undefined;
  /** Of the lab's disk, in microseconds. */
  deviceLatency?: number | undefined;
  /** In the lab, how many share the rows. */
  guests?: number | undefined;
  quiet: boolean;
}
