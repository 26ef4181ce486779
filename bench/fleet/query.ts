import {
  type Dimension,
  dimensions,
  documentsOf,
  numbersIn,
  orderOf,
  soundDocument,
  soundRow,
  structure,
} from "./columns.ts";

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const dimensionColumns = Object.entries(dimensions).map(([name, sql]) => `${sql} as ${name}`);

/**
 * A line for each row of each result in the files: its conditions, its medians, its rate in decimal
 * MB/s. A file that is not a result, or lacks a field, has one line with a `problem` instead.
 */
export function resultsQuery(files: readonly string[]): string {
  return `
with parsed as (
  select filename as file, try(json_transform(decode(content), '${structure}')) as j
  from read_blob([${files.map(literal).join(", ")}])
), listed as (
  select file, j.schema as schema, ${documentsOf} as documents from parsed
), document as (
  select file, schema, unnest(case when len(documents) > 0 then documents else [null] end) as d,
    documents is null as unknown
  from listed
), line as (
  select file, d, schema, unknown, (${soundDocument}) as sound,
    unnest(case when len(d.rows) > 0 then d.rows else [null] end) as r
  from document
)
select file, case
    when unknown then 'schema'
    when d is not null and not coalesce(sound, false) then 'document'
    when r is not null and not coalesce(${soundRow}, false) then 'row'
  end as problem,
  r.id as row, r.buffer as buffer, r.io as io, r.method as method, r.pages as pages,
  d.direction as direction, d.environment.clock as clock,
  ${dimensionColumns.join(",\n  ")},
  try_cast(d.environment.date as timestamp) as date, d.sizeBytes as size_bytes, d.runs as runs,
  r.createMs as create_ms, r.ioMs as io_ms, r.closeMs as close_ms,
  d.sizeBytes / 1e3 / r.ioMs as mb_per_s, r.verified as verified, r.late as late,
  r.unsupported.errno as unsupported
from line`;
}

/** The conditions that are equal in every group: results that differ in them never mix. */
export const apart = ["row", "direction", "clock"] as const;

/** The order of rows: numbers first, then names. */
const rowOrder = "try_cast(row as int) nulls last, row";

/** The median of the times for 1 GiB to do the I/O and to create buffers, and their range. */
const TIMES_OF_GROUP = ["io", "create"].flatMap((part) => {
  const ms = `${part}_ms * ${2 ** 30} / size_bytes`;
  return [
    `median(${ms}) as ${part}_ms_per_gib`,
    `max(${ms}) - min(${ms}) as ${part}_spread_ms`,
  ];
});
const TIMES = ["io_ms_per_gib", "io_spread_ms", "create_ms_per_gib", "create_spread_ms"];

/** Figures of groups of `results`: see {@linkcode Group}. `lowRank()` gives the interval's ranks. */
function groups(by: readonly Dimension[]): string {
  const keys = [...apart, ...by].join(", ");
  const place = by[0] === undefined ? "null" : orderOf(by[0]);
  return `
select ${keys}, place, n, median, if(n >= 6, rates[rank], null) as low,
  if(n >= 6, rates[n + 1 - rank], null) as high, mad, list_min(rates) as least,
  list_max(rates) as most, ${TIMES.join(", ")}
from (
  select ${keys}, ${place} as place, count(*)::int as n, median(mb_per_s) as median, mad(mb_per_s) as mad,
    list_sort(list(mb_per_s)) as rates, ${TIMES_OF_GROUP.join(", ")},
    greatest(1, floor((count(*) + 1) / 2 - 0.98 * sqrt(count(*))))::int as rank
  from counted group by ${keys}
)`;
}

/**
 * Compares the first of `by` with its first value or the previous one, everything else equal. The
 * interval of the ratio of two medians comes from the intervals of both, by the method of variance
 * estimates recovery on logarithms.
 */
function compared(by: readonly Dimension[], previous: boolean): string {
  const [subject, ...rest] = by;
  if (subject === undefined) return "select *, null::double as ratio from grouped";
  const same = [...apart, ...rest].join(", ");
  const reference = previous ? "lag" : "first_value";
  const order = `over (partition by ${same} order by place, ${subject})`;
  const of = (column: string) => `${reference}(${column}) ${order}`;
  const upper = "sqrt(pow(ln(high / median), 2) + pow(ln(ref_median / ref_low), 2))";
  const lower = "sqrt(pow(ln(median / low), 2) + pow(ln(ref_high / ref_median), 2))";
  return `
select * exclude (ref, ref_median, ref_low, ref_high), if(ref = ${subject}, null, ref) as
  against, if(ref = ${subject}, null, median / ref_median) as ratio,
  if(ref = ${subject}, null, exp(ln(median / ref_median) - ${lower})) as ratio_low,
  if(ref = ${subject}, null, exp(ln(median / ref_median) + ${upper})) as ratio_high
from (
  select *, ${of("median")} as ref_median, ${of("low")} as ref_low, ${of("high")} as ref_high,
    ${of(subject)} as ref
  from grouped
)`;
}

/** The table's order, in which compared groups are neighbours. */
function tableOrder([subject, ...rest]: readonly Dimension[]): string {
  const conditions = rest.flatMap((name) => [numbersIn(name), name]);
  const last = subject === undefined ? [] : ["place", subject];
  return ["direction", "clock", rowOrder, ...conditions, ...last].join(", ");
}

/** The groups of `results`, each with its comparison, in the table's order. */
export function groupsQuery(by: readonly Dimension[], { previous = false } = {}): string {
  return `
with counted as (select * from results where problem is null and io_ms is not null and verified),
grouped as (${groups(by)}),
compared as (${compared(by, previous)})
select * exclude (place) from compared order by ${tableOrder(by)}`;
}

/** The dimensions of `of` with several values in one group, with all their values. */
export function varyingQuery(by: readonly Dimension[], of: readonly Dimension[]): string {
  const keys = [...apart, ...by].join(", ");
  const most = of.map((name) => `max(${name}_n) > 1 as ${name}`).join(", ");
  const numbers = of.map((name) => `count(distinct ${name}) as ${name}_n`).join(", ");
  return `
with counted as (select * from results where problem is null and io_ms is not null and verified)
select ${most} from (select ${numbers} from counted group by ${keys})`;
}

/** Results farther than 3.5 scaled MADs from their group's median, as in `statistics.ts`. */
export function outliersQuery(by: readonly Dimension[]): string {
  const same = [...apart, ...by].map((name) => `c.${name} = g.${name}`).join(" and ");
  return `
with counted as (select * from results where problem is null and io_ms is not null and verified),
grouped as (${groups(by)})
select c.file, c.row, c.mb_per_s, g.median from counted c join grouped g on ${same}
where g.n >= 3 and abs(c.mb_per_s - g.median) > 3.5 * 1.4826 * g.mad
order by abs(ln(c.mb_per_s / g.median)) desc, c.file, c.row`;
}
