/** The rates of the fastest methods with one disk, in decimal MB/s per GHz of the clock. */
export interface MachinePoint {
  /** The disk, in GiB/s per GHz. */
  disk: number;
  /** The rates into any dma-buf, of a stock kernel and with the series. */
  any: { stock: number; series: number };
  /** The rates into a heap's dma-buf. */
  heap: { stock: number; series: number };
}

/** The lab's results on Linux 6.12, in notebook 06; a test compares them with its data. */
export const machineMap: readonly MachinePoint[] = [
  { disk: 0.125, any: { stock: 134, series: 134 }, heap: { stock: 126, series: 134 } },
  { disk: 0.25, any: { stock: 266, series: 268 }, heap: { stock: 242, series: 268 } },
  { disk: 0.5, any: { stock: 529, series: 534 }, heap: { stock: 447, series: 534 } },
  { disk: 1, any: { stock: 1042, series: 1060 }, heap: { stock: 769, series: 1060 } },
  { disk: 2, any: { stock: 2025, series: 2097 }, heap: { stock: 1038, series: 2097 } },
  { disk: 4, any: { stock: 3831, series: 4100 }, heap: { stock: 1047, series: 4100 } },
  { disk: 8, any: { stock: 5581, series: 7808 }, heap: { stock: 1051, series: 7808 } },
  { disk: 16, any: { stock: 5816, series: 14506 }, heap: { stock: 1053, series: 14506 } },
];

/** The rates to expect of a machine in decimal MB/s, and their point of the map. */
export interface Expectation extends Pick<MachinePoint, "any" | "heap"> {
  /** The nearest point's disk, in GiB/s for each GHz. */
  point: number;
}

/**
 * Gives the rates to expect: the shares of the disk's rate at the map's nearest point.
 *
 * @param bytesPerSecond The disk's bandwidth.
 * @param gigahertz The CPU's clock.
 */
export function expectOf(bytesPerSecond: number, gigahertz: number): Expectation {
  const disk = bytesPerSecond / 2 ** 30 / gigahertz;
  const distance = (point: MachinePoint) => Math.abs(Math.log(point.disk / disk));
  const nearest = machineMap.toSorted((a, b) => distance(a) - distance(b))[0]!;
  const scale = (MBps: number) => Math.round(MBps / nearest.disk * (bytesPerSecond / 2 ** 30));
  const both = ({ stock, series }: MachinePoint["any"]) => ({
    stock: scale(stock),
    series: scale(series),
  });
  return { point: nearest.disk, any: both(nearest.any), heap: both(nearest.heap) };
}
