/** A rate in whole MB/s. */
export function rates(MBps: number): string {
  return MBps.toFixed(0);
}

/** An interval, or nothing if there is none. */
export function interval(
  low: number | null | undefined,
  high: number | null | undefined,
  format: (value: number) => string,
): string {
  return low == null || high == null ? "" : `${format(low)}-${format(high)}`;
}
