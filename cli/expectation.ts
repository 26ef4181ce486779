import { type Expectation, expectOf } from "../bench/machine_map.ts";
import { readSetting } from "../copy/huge_pages.ts";

const MAXIMUM = "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq";

/** The CPU's clock in GHz if the kernel reports it; the lab's clock is 1. */
export function clockRate(read: (path: string) => string | null = readSetting): number | null {
  if (/(^| )dmacopy\.clock=model( |$)/m.test(read("/proc/cmdline") ?? "")) return 1;
  const kilohertz = Number(read(MAXIMUM) ?? 0);
  if (kilohertz > 0) return kilohertz / 1e6;
  const megahertz = Number(/^cpu MHz\s*: ([\d.]+)$/m.exec(read("/proc/cpuinfo") ?? "")?.[1] ?? 0);
  return megahertz > 0 ? megahertz / 1e3 : null;
}

/** A disk's bandwidth, and its source. */
export interface DiskBandwidth {
  bytesPerSecond: number;
  /** The file that was read to measure it. */
  measuredWith?: string;
}

/** The rates to expect of a machine, and the disk and the clock that they follow from. */
export interface MachineExpectation extends Expectation {
  disk: DiskBandwidth;
  /** The CPU's clock in GHz. */
  gigahertz: number;
}

/** The rates to expect of a disk at a clock. */
export function expectationOf(disk: DiskBandwidth, gigahertz: number): MachineExpectation {
  return { disk, gigahertz, ...expectOf(disk.bytesPerSecond, gigahertz) };
}

/** The rates to expect, as lines of text. */
export function describeExpectation(expectation: MachineExpectation): string {
  const { gigahertz, point, any, heap, disk: { bytesPerSecond, measuredWith } } = expectation;
  const rate = (MBps: number) => `${(MBps * 1e6 / 2 ** 30).toFixed(2)} GiB/s`;
  const line = ({ stock, series }: { stock: number; series: number }) =>
    `${rate(stock)} on a stock kernel, ${rate(series)} with the series ` +
    `(${(series / stock).toFixed(2)} ×)`;
  const disk = (bytesPerSecond / 2 ** 30).toFixed(2);
  const source = measuredWith === undefined ? "" : `, as reading ${measuredWith} shows,`;
  return [
    `to expect:   into any dma-buf ${line(any)}`,
    `             into a heap's ${line(heap)}`,
    `             with a disk of ${disk} GiB/s${source} and a CPU of ${gigahertz.toFixed(1)} GHz`,
    `             (as at ${point} GiB/s per GHz in notebooks/06-many-machines)`,
  ].join("\n");
}
