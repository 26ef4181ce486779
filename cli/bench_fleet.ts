import { Command, ValidationError } from "@cliffy/command";
import type { Dimension, Fleet } from "../bench/fleet/mod.ts";
import { pathType } from "./types.ts";

/** `dmacopy bench fleet` */
export const fleetCommand = new Command()
  .description(
    "Put results of many machines into one table: medians over results, outliers, verdicts.",
  )
  .type("path", pathType)
  .arguments("<globs...:path>")
  .option(
    "--by <names:string>",
    "Group results by these properties, such as kernel or month, and compare the values of the first (default: by all that differ).",
  )
  .option(
    "--previous",
    "Compare each group with the previous one, such as each month, and name the rows that became slower.",
  )
  .option(
    "--spread",
    "Show how far the results of each group lie apart, in the times of the I/O and of creating.",
  )
  .option("--parquet <path:file>", "Write a line for each row of each result to a Parquet file.")
  .option("--json <path:file>", "Write the table as JSON to a file.")
  .option("--sql", "Print the query that reads the results, for use in DuckDB.")
  .option("-q, --quiet", "Print no table.")
  .example("dmacopy bench fleet 'results/*.json' --by kernel", "Show whether one kernel is faster.")
  .example(
    "dmacopy bench fleet 'results/*.json' --by month --previous",
    "Name the rows that became slower, and when.",
  )
  .example(
    "dmacopy bench fleet 'r/*.json' --parquet fleet.parquet",
    "Write a file for your own tools.",
  )
  .action(async ({ by, previous, spread, parquet, json, sql, quiet }, ...globs) => {
    const { checkOutput, writeOutput } = await import("./output_file.ts");
    const { readFleet, renderFleet, renderSpread, resultsQuery } = await import(
      "../bench/fleet/mod.ts"
    );
    const { makeWhole } = await import("../base/make_whole.ts");
    const names = by === undefined ? undefined : await dimensionsOf(by);
    if (sql) return console.log(`${resultsQuery(globs).trim()};`);
    if (parquet !== undefined) checkOutput("--parquet", parquet);
    if (json !== undefined) checkOutput("--json", json);
    let fleet: Fleet | null = null;
    const read = async (path?: string) => {
      fleet = await readFleet(globs, { by: names, previous, parquet: path });
      for (const { file, reason } of fleet.skipped) console.error(`skipped: ${file} ${reason}`);
      if (fleet.files === 0) throw new Error("none of the files is a bench result");
    };
    await (parquet === undefined ? read() : makeWhole(parquet, read));
    const { files, groups, skipped } = fleet as unknown as Fleet;
    if (json !== undefined) writeOutput("--json", json, JSON.stringify(fleet, null, 2) + "\n");
    const render = spread ? renderSpread : renderFleet;
    if (!quiet && groups.length > 0) console.log(render(fleet as unknown as Fleet).trimEnd());
    if (skipped.length > 0) {
      throw new Error(`${skipped.length} of ${files + skipped.length} files were skipped`);
    }
  });

/** The dimensions with these names. */
async function dimensionsOf(names: string): Promise<Dimension[]> {
  const { dimensions } = await import("../bench/fleet/mod.ts");
  return [...new Set(names.split(",").map((name) => name.trim()))].map((name) => {
    if (Object.hasOwn(dimensions, name)) return name as Dimension;
    const known = Object.keys(dimensions).join(", ");
    throw new ValidationError(`--by: results have no "${name}": there are ${known}`);
  });
}
