import { ValidationError } from "@cliffy/command";

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** When something ends. */
export interface Until {
  /** A duration goes on as it is when somebody sets the clock. */
  clock: "monotonic" | "wall";
  /** On that clock, in milliseconds. */
  atMs: number;
}

const CLOCKS = { monotonic: () => performance.now(), wall: () => Date.now() };

/**
 * Reads when something ends: `90s`, `10m` or `2h` from now, or a date and time such as
 * `2030-01-31T18:00`, in local time.
 *
 * @throws {ValidationError} if it is neither, or has passed
 */
export function parseUntil(text: string): Until {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const until: Until = digits === undefined
    ? { clock: "wall", atMs: /^\d{4}-/.test(text) ? Date.parse(text) : NaN }
    : { clock: "monotonic", atMs: CLOCKS.monotonic() + Number(digits) * (UNITS_MS[unit] ?? NaN) };
  if (!Number.isFinite(until.atMs)) {
    throw new ValidationError(
      `--until "${text}" is no time: write 90s, 10m, 2h or 2030-01-31T18:00`,
    );
  }
  if (isOver(until) || Number(digits) === 0) {
    throw new ValidationError(`--until ${text} has passed already`);
  }
  return until;
}

/** Whether it has come. */
export function isOver({ clock, atMs }: Until): boolean {
  return CLOCKS[clock]() >= atMs;
}
