import { parseSweep } from "../sweep.ts";
import type { Verdict } from "../compare.ts";
import { verdictOf } from "../compare.ts";
import { conditionsBeside, type Dimension, dimensions, usual } from "./columns.ts";
import { type Database, openDatabase } from "./database.ts";
import { groupsQuery, literal, outliersQuery, resultsQuery, varyingQuery } from "./query.ts";

/** The results of one row under equal conditions. Rates are decimal MB/s of I/O. */
export interface Group extends Partial<Record<Dimension, string>> {
  /** The row's number or name. */
  row: string;
  /** The direction of the I/O. */
  direction: string;
  /** The clock of the times. */
  clock: string;
  /** The number of results. */
  n: number;
  /** The median of their rates. */
  median: number;
  /** 95 % interval of the median, by ranks; null below six results. */
  low: number | null;
  /** Its upper end. */
  high: number | null;
  /** The lowest rate. */
  least: number;
  /** The highest. */
  most: number;
  /** The median time of the I/O for 1 GiB. */
  io_ms_per_gib: number;
  /** The longest less the shortest of these times. */
  io_spread_ms: number;
  /** The median time to create the buffers of 1 GiB. */
  create_ms_per_gib: number;
  /** The longest less the shortest of these times. */
  create_spread_ms: number;
  /** The value of the first dimension in the group for comparison. */
  against?: string | null;
  /** The median divided by that group's. */
  ratio?: number | null;
  /** 95 % interval of the ratio. */
  ratio_low?: number | null;
  /** Its upper end. */
  ratio_high?: number | null;
  /** The verdict; null without a comparison, or below six results on a side. */
  verdict: Verdict | null;
}

/** A result far from the others of its group. */
export interface Outlier {
  file: string;
  row: string;
  mb_per_s: number;
  /** The median of its group. */
  median: number;
}

/** A file that is not a result, and why. */
export interface Skipped {
  file: string;
  reason: string;
}

/** The result of {@linkcode readFleet}. */
export interface Fleet {
  /** The number of files with results. */
  files: number;
  /** The dimensions of the groups: those asked for, or else those that differ, and conditions. */
  by: Dimension[];
  groups: Group[];
  /** Whether each group is compared with the one before. */
  previous: boolean;
  outliers: Outlier[];
  /** Dimensions that differ within groups, with their values. */
  mixed: { name: Dimension; values: string[] }[];
  skipped: Skipped[];
}

/** Options of {@linkcode readFleet}. */
export interface FleetOptions {
  /**
   * The dimensions to group by; groups are compared by the first. Conditions that differ are added,
   * so that like is compared with like. @default those that differ
   */
  by?: readonly Dimension[] | undefined;
  /** Compare each group with the one before, not with the first. @default false */
  previous?: boolean | undefined;
  /** Write a line for each row of each result to this Parquet file. */
  parquet?: string | undefined;
}

/** All files that match shell patterns. DuckDB also expands patterns of an object store. */
async function filesOf(database: Database, patterns: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(
    patterns.map((pattern) =>
      database.query<{ file: string }>(`select file from glob(${literal(pattern)}) order by file`)
    ),
  );
  return [...new Set(lists.flat().map(({ file }) => file))];
}

/** Sets aside files that can't be opened, as DuckDB would give up. */
function readable(files: readonly string[]): { files: string[]; skipped: Skipped[] } {
  const skipped: Skipped[] = [];
  const rest = files.filter((file) => {
    if (/^\w+:\/\//.test(file)) return true;
    try {
      Deno.openSync(file).close();
      return true;
    } catch (error) {
      skipped.push({ file, reason: `can't be read: ${(error as Error).message}` });
      return false;
    }
  });
  return { files: rest, skipped };
}

/** The bench's own parser explains the error: there are few such files. */
function reasonFor(file: string): string {
  try {
    parseSweep(Deno.readTextFileSync(file), file);
    return "is not a bench result: a required field is missing or has a wrong type";
  } catch (error) {
    return (error as Error).message.replace(`${file} `, "");
  }
}

async function damaged(database: Database): Promise<Skipped[]> {
  const found = await database.query<{ file: string }>(
    "select distinct file from results where problem is not null order by file",
  );
  return found.map(({ file }) => ({ file, reason: reasonFor(file) }));
}

async function valuesOf(
  database: Database,
  names: readonly Dimension[],
): Promise<{ name: Dimension; values: string[] }[]> {
  const lists = names.map((name) => `list_sort(list(distinct ${name})) as ${name}`);
  const [found] = await database.query<Record<Dimension, { items?: string[] } | string[] | null>>(
    `select ${lists.join(", ")} from results where problem is null and io_ms is not null`,
  );
  return names.map((name) => {
    const values = found?.[name] ?? [];
    return { name, values: Array.isArray(values) ? values : values.items ?? [] };
  });
}

/** The dimensions of `of` that have several values in a group. */
async function varying(
  database: Database,
  by: readonly Dimension[],
  of: readonly Dimension[],
): Promise<Dimension[]> {
  const rest = of.filter((name) => !by.includes(name));
  if (rest.length === 0) return [];
  const [found] = await database.query<Partial<Record<Dimension, boolean>>>(varyingQuery(by, rest));
  return rest.filter((name) => found?.[name]);
}

/**
 * Reads any number of results of any age in place, with SQL.
 *
 * @param patterns Files, or a shell's patterns for files.
 * @throws {RangeError} if no file matches
 */
export async function readFleet(
  patterns: readonly string[],
  { by, previous = false, parquet }: FleetOptions = {},
): Promise<Fleet> {
  using database = await openDatabase();
  const { files, skipped } = readable(await filesOf(database, patterns));
  if (files.length + skipped.length === 0) {
    throw new RangeError(`no file matches ${patterns.join(" ")}`);
  }
  if (files.length === 0) {
    return { files: 0, by: [], groups: [], previous, outliers: [], mixed: [], skipped };
  }
  await database.query(`create table results as ${resultsQuery(files)}`);
  const broken = await damaged(database);
  await database.query(
    `delete from results where file in (select file from results where problem is not null)`,
  );
  const names = Object.keys(dimensions) as Dimension[];
  const values = await valuesOf(database, names);
  const differing = values.filter(({ values }) => values.length > 1);
  const differs = (name: Dimension) => differing.some((it) => it.name === name);
  const asked = by ?? usual.filter(differs);
  const chosen = [...asked, ...conditionsBeside(asked).filter(differs)];
  const mixed = await varying(database, chosen, usual);
  const groups = await database.query<Group>(groupsQuery(chosen, { previous }));
  if (parquet !== undefined) {
    await database.query(
      `copy (select * exclude problem from results order by file) to ${literal(parquet)}
        (format parquet)`,
    );
  }
  return {
    files: files.length - broken.length,
    by: chosen,
    groups: groups.map((group) => ({ ...group, verdict: verdictFor(group) })),
    previous,
    outliers: await database.query<Outlier>(outliersQuery(chosen)),
    mixed: differing.filter(({ name }) => mixed.includes(name)),
    skipped: [...skipped, ...broken],
  };
}

function verdictFor({ ratio, ratio_low, ratio_high }: Group): Verdict | null {
  if (ratio == null || ratio_low == null || ratio_high == null) return null;
  return verdictOf(ratio, { low: ratio_low, high: ratio_high });
}
