const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** `4.21 GiB`: a binary size with three digits. */
export function formatSize(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  // 1023.5 and more would be written as 1024.
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${UNITS[unit]}`;
}

/** `1.09 s`, `45.2 ms` */
export function formatDuration(ms: number): string {
  return ms < 999.5 ? `${threeDigits(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** Not toPrecision(): from 1000 on that would be an exponent. */
function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** `3.86 GiB/s` */
export function formatRate(bytes: number | bigint, ms: number): string {
  return `${formatSize(Math.round(Number(bytes) / (ms / 1000)))}/s`;
}

/** `41 s`, `2 min 05 s`: an estimated time. */
export function formatLeft(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}
