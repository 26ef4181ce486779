import { type BenchDocument, type CopyBenchDocument, parseDocument } from "../../bench/mod.ts";
import type { Measurements } from "../measure/counts.ts";
import type { CaptureCost, SnapshotCost } from "../measure/uses.ts";
import type { View } from "./show.ts";
import { text } from "./table.ts";

/** A result of the lab, and the command that gives it. */
export interface Result<T> {
  command: string;
  /** The key of its kernel, code and parameters. */
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

/** A sweep of the bench over disks: one document for each. */
export async function readSweep(name: string): Promise<Result<BenchDocument[]>> {
  const { result, ...rest } = await read<{ points: unknown[] }>(name);
  const documents = result.points.map((point) =>
    parseDocument(JSON.stringify(point), `notebooks/data/${name}.json`)
  );
  return { ...rest, result: documents };
}

/** A result of `bench copy`. */
export async function readCopies(name: string): Promise<Result<CopyBenchDocument>> {
  return await read(name);
}

/** A result of the program that counts and times in the guest. */
export async function readMeasurements<Part extends keyof Measurements>(
  name: string,
): Promise<Result<Pick<Measurements, Part | "kernel">>> {
  return await read(name);
}

/** The cost of storing a camera's frames. */
export async function readCaptures(name: string): Promise<Result<CaptureCost[]>> {
  return await read(name);
}

/** The times to save buffers and to make them again. */
export async function readSnapshots(name: string): Promise<Result<SnapshotCost[]>> {
  return await read(name);
}

/** The source of numbers, in words. */
export function source(
  { command, key, result }: Result<
    | { kernel: string }
    | BenchDocument
    | CopyBenchDocument
    | readonly (BenchDocument | CaptureCost | SnapshotCost)[]
  >,
): View {
  const first = Array.isArray(result) ? result[0] : result;
  const of: { kernel?: string; date?: string } = first && "environment" in first
    ? first.environment
    : first ?? {};
  const when = of.date ? `, ${of.date.slice(0, 10)}` : "";
  return text(
    `Measured by \`${command}\`${
      of.kernel ? ` on Linux ${of.kernel}` : ""
    }${when} (content ${key}).`,
  );
}
