import { Command } from "@cliffy/command";
import type { Sweep } from "../bench/mod.ts";
import { pathType } from "./types.ts";

/** `dmacopy bench merge` */
export const mergeCommand = new Command()
  .description("Merge the shards of a sweep, or results of several disks and chunk sizes.")
  .type("path", pathType)
  .arguments("<files...:path>")
  .option("--json <path:file>", "Write all points with all samples to a file.")
  .option("--csv <path:file>", "Write a line for each row and point to a file.")
  .option("-q, --quiet", "Print no table.")
  .example(
    "dmacopy bench merge shard-*.json --json sweep.json",
    "Merge shards, and check that the sweep is complete.",
  )
  .action(async ({ json, csv, quiet }, ...files) => {
    const { checkOutputs } = await import("./bench_outputs.ts");
    const { writeOutput } = await import("./output_file.ts");
    const bench = await import("../bench/mod.ts");
    checkOutputs({ json, csv });
    const { sweeps, skipped } = readSweeps(files, bench.parseSweep);
    if (sweeps.length === 0) throw new Error("none of the files is a bench result");
    const merged = bench.mergeSweeps(sweeps);
    if (json !== undefined) writeOutput("--json", json, bench.renderSweepJson(merged));
    if (csv !== undefined) writeOutput("--csv", csv, bench.renderSweepCsv(merged));
    if (!quiet) console.log(bench.renderSweep(merged).trimEnd());
    const missing = bench.missingPoints(merged);
    const kernels = new Set(merged.points.map(({ environment }) => environment.kernel));
    if (kernels.size > 1) console.error(`Differs - kernel: ${[...kernels].join(", ")}`);
    for (const line of describeMissing(merged, sweeps, missing.map(bench.pointKey))) {
      console.error(line);
    }
    if (missing.length > 0) {
      throw new Error(
        missing.length === 1 ? "1 point is missing" : `${missing.length} points are missing`,
      );
    }
    if (skipped > 0) throw new Error(`${skipped} of ${files.length} files were skipped`);

    function describeMissing(whole: Sweep, parts: readonly Sweep[], keys: string[]): string[] {
      const count = parts.find(({ shard }) => shard !== null)?.shard?.count;
      return (whole.plan?.points ?? []).flatMap((point, index) => {
        if (!keys.includes(bench.pointKey(point))) return [];
        const shard = count === undefined ? "" : `, of shard ${index % count + 1}/${count}`;
        return [`missing: ${bench.describePoint(point)}${shard}`];
      });
    }
  });

/** Prints the names of unreadable files to stderr, and continues with the others. */
function readSweeps(
  files: readonly string[],
  parse: (text: string, source: string) => Sweep,
): { sweeps: Sweep[]; skipped: number } {
  const sweeps = files.flatMap((file) => {
    try {
      return [parse(Deno.readTextFileSync(file), file)];
    } catch (error) {
      const { name, message } = error as Error;
      const reason = name === "DocumentError" ? message : `${file} can't be read: ${message}`;
      console.error(`skipped: ${reason}`);
      return [];
    }
  });
  return { sweeps, skipped: files.length - sweeps.length };
}
