import { ValidationError } from "@cliffy/command";

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** The end of something. */
export interface Until {
  /** A duration does not change when somebody sets the clock. */
  clock: "monotonic" | "wall";
  /** The end on that clock, in milliseconds. */
  atMs: number;
}

const CLOCKS = { monotonic: () => performance.now(), wall: () => Date.now() };

/**
 * Reads an end: `90s`, `10m` or `2h` from now, or a date and time such as
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
      `--until "${text}" is not a time: write 90s, 10m, 2h or 2030-01-31T18:00`,
    );
  }
  if (isOver(until) || Number(digits) === 0) {
    throw new ValidationError(`--until ${text} has passed already`);
  }
  return until;
}

/** Whether the end has come. */
export function isOver({ clock, atMs }: Until): boolean {
  return CLOCKS[clock]() >= atMs;
}
