import { ValidationError } from "@cliffy/command";

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads when something ends: `90s`, `10m` or `2h` from now, or a date and time such as
 * `2030-01-31T18:00`, in local time.
 *
 * @returns milliseconds since 1970
 * @throws {ValidationError} if it is neither, or has passed
 */
export function parseUntil(text: string, nowMs: number = Date.now()): number {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const untilMs = digits === undefined
    ? /^\d{4}-/.test(text) ? Date.parse(text) : NaN
    : nowMs + Number(digits) * (UNITS_MS[unit] ?? NaN);
  if (!Number.isFinite(untilMs)) {
    throw new ValidationError(
      `--until "${text}" is no time: write 90s, 10m, 2h or 2030-01-31T18:00`,
    );
  }
  if (untilMs <= nowMs) throw new ValidationError(`--until ${text} has passed already`);
  return untilMs;
}
