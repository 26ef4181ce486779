import { ValidationError } from "@cliffy/command";
import { type BenchDocument, checkBaselineName, heldBytes, selectRows } from "../bench/mod.ts";
import { probe } from "../copy/mod.ts";
import type { Measured } from "../guests/measure.ts";
import type { Request } from "../guests/request.ts";
import { formatSize } from "../terminal/format.ts";

/** Where to measure, and why there. */
export interface BenchPlace {
  lab: boolean;
  reason: string;
}

/** The part of a request that the check reads. */
type Checked = Pick<Request, "chunk" | "clock" | "deviceBandwidth" | "deviceLatency">;

/**
 * Checks a selection of rows.
 *
 * @throws {ValidationError} naming an unknown row
 */
export function checkRows(rows: string | undefined): void {
  refuseUsage("--rows", () => selectRows(rows));
}

/**
 * Checks the name to save a result by.
 *
 * @throws {ValidationError} if the name can't be used
 */
export function checkSave(name: string | undefined): void {
  if (name !== undefined) refuseUsage("--save", () => checkBaselineName(name));
}

function refuseUsage(option: string, check: () => unknown): void {
  try {
    check();
  } catch (cause) {
    throw new ValidationError(`${option}: ${(cause as Error).message}`, { cause });
  }
}

/** The abilities that only the lab has, by their options. */
const LAB_OPTIONS = {
  arch: "--arch",
  base: "--base",
  kernel: "--kernel",
  clock: "--clock",
  deviceBandwidth: "--device-bandwidth",
  deviceLatency: "--device-latency",
  guests: "--guests",
} as const;

/** Chooses the running kernel if it was asked for or supports the whole table, else the lab. */
export function choosePlace(
  request: Pick<Request, "host" | keyof typeof LAB_OPTIONS>,
): BenchPlace {
  if (request.host) return { lab: false, reason: "as --host asks" };
  const names = Object.keys(LAB_OPTIONS) as (keyof typeof LAB_OPTIONS)[];
  const asked = names.find((name) => request[name] !== undefined);
  if (asked !== undefined) return { lab: true, reason: `as ${LAB_OPTIONS[asked]} asks` };
  const { kernel, series, heaps } = probe();
  if (!series) return { lab: true, reason: `this kernel (${kernel}) lacks the series` };
  if (!heaps.includes("system")) {
    return { lab: true, reason: `this kernel (${kernel}) lacks the system heap` };
  }
  return { lab: false, reason: `this kernel (${kernel}) carries the series` };
}

/**
 * Checks options that exclude each other, and the bench's limits.
 *
 * @throws {ValidationError} naming the invalid option
 */
export function checkRequest({ chunk, clock, deviceBandwidth, deviceLatency }: Checked): void {
  if (chunk !== undefined && chunk > heldBytes) {
    throw new ValidationError(`--chunk must be at most ${formatSize(heldBytes)}`);
  }
  if (clock === "wall" && (deviceBandwidth ?? deviceLatency) !== undefined) {
    throw new ValidationError(
      "--device-bandwidth and --device-latency need the modelled disk: leave out --clock wall",
    );
  }
}

/** Measures where {@linkcode choosePlace} says, and says so on stderr. */
export async function measure(request: Request): Promise<Measured<BenchDocument>> {
  const { lab, reason } = choosePlace(request);
  if (!request.quiet) console.error(`measuring ${lab ? "in the lab" : "here"}: ${reason}`);
  if (lab) return await (await import("../guests/measure_in_lab.ts")).measureInLab(request);
  const found = await (await import("./bench_host.ts")).measureHere(request);
  return { found, failure: null };
}
