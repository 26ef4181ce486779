import { type ArgumentValue, ValidationError } from "@cliffy/command";
import { parseSize } from "../terminal/parse_size.ts";

/** With less, the guest would take hours to boot, as its system disk is as slow. */
const MIN_RATE = 2 ** 20;
const MAX_LATENCY_US = 1_000_000;

/** A bandwidth such as 4GiB or 4GiB/s, in bytes a second. */
export function rateType({ name, value }: ArgumentValue): number {
  const rate = Number(parseSize(value.replace(/\/s$/, ""), name));
  if (rate >= MIN_RATE) return rate;
  throw new ValidationError(`${name} "${value}" is too slow: write at least 1MiB, such as 4GiB`);
}

/** A latency in whole microseconds, with or without the unit. */
export function latencyType({ name, value }: ArgumentValue): number {
  const us = Number(/^(\d{1,9}) ?([uµ]s)?$/.exec(value)?.[1]);
  if (us <= MAX_LATENCY_US) return us;
  throw new ValidationError(
    `${name} "${value}" is not a latency: write microseconds up to ${MAX_LATENCY_US}, such as 100`,
  );
}

/** A clock in GHz. */
export function clockRateType({ name, value }: ArgumentValue): number {
  const gigahertz = /^\d{1,3}(\.\d+)?$/.test(value) ? Number(value) : 0;
  if (gigahertz > 0) return gigahertz;
  throw new ValidationError(`${name} "${value}" is not a clock: write GHz, such as 2.4`);
}

type Handler<T> = (argument: ArgumentValue) => T;

/** A list of values; values without a unit take the unit of the last one, as in 1,2,4GiB. */
export function listOf<T>(type: Handler<T>): Handler<T[]> {
  return (argument) => {
    const parts = argument.value.split(",").map((part) => part.trim());
    const unit = /[^\d]*$/.exec(parts.at(-1) ?? "")?.[0] ?? "";
    return parts.map((part) =>
      type({ ...argument, value: /^\d+$/.test(part) ? part + unit : part })
    );
  };
}
