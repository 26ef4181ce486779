import Table from "cli-table3";
import { plain, trimmed } from "../report/plain.ts";
import { interval, rates } from "../report/rates.ts";
import type { Fleet, Group } from "./fleet.ts";

/** The most outliers to name; more are only counted. */
const NAMED = 10;

function comparison(group: Group): string[] {
  const { ratio, ratio_low, ratio_high, against } = group;
  if (ratio == null) return ["", "", ""];
  const verdict = group.verdict === null ? "too few results" : `${group.verdict} than ${against}`;
  return [
    ratio.toFixed(2),
    interval(ratio_low, ratio_high, (value) => value.toFixed(2)),
    group.verdict === "no difference" ? "no difference" : verdict,
  ];
}

/** Names the rows that became slower from one group to the next, the worst first. */
function regressions({ groups, by: [subject, ...rest] }: Fleet): string[] {
  const slower = groups.filter(({ verdict }) => verdict === "slower")
    .toSorted((a, b) => a.ratio! - b.ratio!);
  const more = slower.length - NAMED;
  return [
    ...slower.slice(0, NAMED).map((group) => {
      const { row, ratio, against } = group;
      const where = [`row ${row}`, ...rest.map((name) => group[name])].join(", ");
      return `Slower - ${where}: ${group[subject!]} has ${
        ratio!.toFixed(2)
      } × the rate of ${against}`;
    }),
    ...(more > 0 ? [`and ${more} more: --json has all`] : []),
  ];
}

/** The groups as a table for a terminal, then regressions, outliers and mixed conditions. */
export function renderFleet(fleet: Fleet): string {
  const { files, by, groups, outliers, mixed } = fleet;
  const several = (name: "direction" | "clock") => new Set(groups.map((it) => it[name])).size > 1;
  const apart = (["direction", "clock"] as const).filter(several);
  const isCompared = groups.some(({ ratio }) => ratio != null);
  const table = new Table({
    ...plain,
    head: [
      ...["row", ...apart, ...by, "results", "MB/s", "95 %", "from-to"],
      ...(isCompared ? ["ratio", "95 %", "verdict"] : []),
    ],
    colAligns: [
      ...["right", ...apart.map(() => "left"), ...by.map(() => "left")],
      ...["right", "right", "right", "right", "right", "right", "left"],
    ] as ("left" | "right")[],
  });
  for (const group of groups) {
    table.push([
      ...[group.row, ...apart.map((name) => group[name]), ...by.map((name) => group[name] ?? "")],
      ...[String(group.n), rates(group.median), interval(group.low, group.high, rates)],
      group.n > 1 ? interval(group.least, group.most, rates) : "",
      ...(isCompared ? comparison(group) : []),
    ]);
  }
  const named = outliers.slice(0, NAMED).map(({ file, row, mb_per_s, median }) =>
    `Outlier - row ${row} of ${file}: ${rates(mb_per_s)} MB/s, the median is ${rates(median)}`
  );
  const more = outliers.length - named.length;
  const slower = fleet.previous ? regressions(fleet) : [];
  return [
    `${files} ${files === 1 ? "file" : "files"}; medians of results, I/O in decimal MB/s`,
    "",
    trimmed(table),
    ...(slower.length + named.length + mixed.length > 0 ? [""] : []),
    ...slower,
    ...named,
    ...(more > 0 ? [`and ${more} more outliers: --json has all`] : []),
    ...mixed.map(({ name, values }) =>
      `Mixed in groups - ${name}: ${values.slice(0, NAMED).join(", ")}`
    ),
  ].join("\n") + "\n";
}

/** The groups as a table of times for 1 GiB, and how far the results of each group lie apart. */
export function renderSpread({ files, by, groups }: Fleet): string {
  const table = new Table({
    ...plain,
    head: ["row", ...by, "results", "I/O ms", "spread", "%", "create ms", "spread", "%"],
    colAligns: [
      ...["right", ...by.map(() => "left"), "right", "right", "right"],
      ...["right", "right", "right", "right"],
    ] as ("left" | "right")[],
  });
  for (const group of groups) {
    const { row, n, io_ms_per_gib: io, create_ms_per_gib: create } = group;
    table.push([
      ...[row, ...by.map((name) => group[name] ?? ""), String(n)],
      ...spread(io, group.io_spread_ms),
      ...spread(create, group.create_spread_ms),
    ]);
  }
  return [
    `${files} ${
      files === 1 ? "file" : "files"
    }; medians of results, for 1 GiB; the spread is the longest ` +
    "less the shortest time",
    "",
    trimmed(table),
  ].join("\n") + "\n";
}

function spread(ms: number, apart: number): string[] {
  return [ms.toFixed(1), apart.toFixed(2), (ms > 0 ? apart / ms * 100 : 0).toFixed(2)];
}
