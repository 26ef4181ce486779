import { architectureOf, benchSchemas } from "../migrate.ts";
import { sweepSchemas } from "../sweep.ts";

/** The dimensions for grouping, by the name that a user gives: SQL over a document `d`. */
export const dimensions = {
  kernel: "d.environment.kernel",
  base: "regexp_extract(d.environment.kernel, '^[0-9]+[.][0-9]+')",
  architecture: `coalesce(d.environment.architecture, ${
    // Version 1: see `architectureOf()`.
    caseOf("d.environment.cpu", ["aarch64"])})`,
  filesystem: "d.environment.filesystem",
  disk: `case when d.environment.device is null then 'own' else
    printf('%g GiB/s + %d µs', d.environment.device.bytesPerSecond / 1073741824,
      d.environment.device.latencyUs) end`,
  series: "coalesce(d.environment.series, 'none')",
  cpu: "d.environment.cpu",
  memory: "printf('%.1f GiB', d.environment.memoryBytes / 1073741824)",
  chunk: "printf('%g MiB', d.chunkBytes / 1048576)",
  commit: "coalesce(d.environment.commit, 'unknown')",
  month: periodOf("%Y-%m"),
  day: periodOf("%Y-%m-%d"),
} as const;

/** The name of a dimension. */
export type Dimension = keyof typeof dimensions;

/** The dimensions that a table has without being asked, if they differ. */
export const usual: readonly Dimension[] = [
  "kernel",
  "base",
  "architecture",
  "filesystem",
  "disk",
  "chunk",
];

/** The dimensions to compare like with like: they are equal in every group. */
const conditions: readonly Dimension[] = [
  "base",
  "series",
  "architecture",
  "filesystem",
  "disk",
  "chunk",
];

/** The conditions that follow from a dimension: a kernel has one base, and the series or not. */
const followFrom: Partial<Record<Dimension, readonly Dimension[]>> = {
  kernel: ["base", "series"],
  cpu: ["architecture"],
};

/** The conditions to add to the dimensions of a table, so that it compares like with like. */
export function conditionsBeside(by: readonly Dimension[]): Dimension[] {
  const settled = by.flatMap((name) => [name, ...followFrom[name] ?? []]);
  return conditions.filter((name) => !settled.includes(name));
}

/**
 * SQL that orders a dimension's values by the numbers in them, so that 6.9 comes before 6.12, and 0.5
 * GiB/s before 4 GiB/s.
 */
export function numbersIn(dimension: Dimension): string {
  const isVersion = dimension === "kernel" || dimension === "base";
  const number = isVersion ? "[0-9]+" : "[0-9]+([.][0-9]+)?";
  return `list_transform(regexp_extract_all(${dimension}, '${number}'), lambda x: x::double)`;
}

/** SQL that orders the groups of a dimension: commits by the date of their first result. */
export function orderOf(dimension: Dimension): string {
  return dimension === "commit" ? "min(date)" : `any_value(${numbersIn(dimension)})`;
}

/** The date of a document to a precision, which names the period that it belongs to. */
function periodOf(format: string): string {
  return `coalesce(strftime(try_cast(d.environment.date as timestamp), '${format}'), 'unknown')`;
}

function caseOf(value: string, known: readonly string[]): string {
  const cases = known.map((it) => `when '${it}' then '${architectureOf(it)}'`).join(" ");
  return `case ${value} ${cases} else '${architectureOf(null)}' end`;
}

const environment = {
  kernel: "VARCHAR",
  series: "VARCHAR",
  filesystem: "VARCHAR",
  cpu: "VARCHAR",
  architecture: "VARCHAR",
  clock: "VARCHAR",
  device: { bytesPerSecond: "DOUBLE", latencyUs: "BIGINT" },
  memoryBytes: "DOUBLE",
  commit: "VARCHAR",
  date: "VARCHAR",
};
const row = {
  id: "VARCHAR",
  buffer: "VARCHAR",
  io: "VARCHAR",
  method: "VARCHAR",
  pages: "VARCHAR",
  createMs: "DOUBLE",
  ioMs: "DOUBLE",
  closeMs: "DOUBLE",
  verified: "BOOLEAN",
  late: "BOOLEAN",
  unsupported: { errno: "VARCHAR" },
};
const document = {
  schema: "VARCHAR",
  environment,
  direction: "VARCHAR",
  sizeBytes: "DOUBLE",
  chunkBytes: "DOUBLE",
  runs: "BIGINT",
  rows: [row],
};

/** The parts of a result's file to read, in the form of json_transform(). */
export const structure = JSON.stringify({ ...document, points: [document] });

function list(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(", ");
}

/** The documents of a file: for a sweep, its points. */
export const documentsOf = `case when j.schema in (${
  list(sweepSchemas)
}) then j.points when j.schema in (${list(benchSchemas)})
    then [struct_pack(schema := j.schema, environment := j.environment, direction := j.direction,
      sizeBytes := j.sizeBytes, chunkBytes := j.chunkBytes, runs := j.runs, rows := j.rows)] end`;

/** Whether a document has all fields that are read. */
export const soundDocument = `d.schema in (${list(benchSchemas)})
  and d.direction in ('read', 'write') and d.environment.clock in ('model', 'wall')
  and d.environment.kernel is not null and d.environment.filesystem is not null
  and d.environment.memoryBytes is not null and d.environment.date is not null
  and d.sizeBytes > 0 and d.chunkBytes > 0 and d.rows is not null`;

/** Whether a row `r` has its figures, or a reason for having none. */
export const soundRow = `r.id is not null and (r.unsupported.errno is not null
  or (r.ioMs > 0 and r.createMs >= 0 and r.closeMs >= 0 and r.verified is not null))`;
