import { type BenchDocument, parseDocument } from "../../bench/mod.ts";
import type { Measurements } from "../measure/counts.ts";
import { text } from "./table.ts";

/** A result of the lab, and the command that gives it. */
export interface Result<T> {
  command: string;
  /** Names the kernel, code and parameters that it is of. */
  key: string;
  result: T;
}

async function read<T>(name: string): Promise<Result<T>> {
  return JSON.parse(await Deno.readTextFile(new URL(`../data/${name}.json`, import.meta.url)));
}

/** A result of the bench. */
export async function readBench(name: string): Promise<Result<BenchDocument>> {
  const { result, ...rest } = await read<unknown>(name);
  return { ...rest, result: parseDocument(JSON.stringify(result), `notebooks/data/${name}.json`) };
}

/** A result of the program that counts and times in the guest. */
export async function readMeasurements<Part extends keyof Measurements>(
  name: string,
): Promise<Result<Pick<Measurements, Part | "kernel">>> {
  return await read(name);
}

/** Where numbers come from, in words. */
export function source({ command, key, result }: Result<{ kernel: string } | BenchDocument>) {
  const kernel = "kernel" in result ? result.kernel : result.environment.kernel;
  const when = "environment" in result ? `, ${result.environment.date.slice(0, 10)}` : "";
  return text(`Measured by \`${command}\` on Linux ${kernel}${when} (content ${key}).`);
}
