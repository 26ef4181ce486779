import Table from "npm:cli-table3@0.6.5";
import type { BenchDocument, MeasuredRow, Row, UnsupportedRow } from "../result.ts";
import type { Sweep } from "../sweep.ts";
import { isMeasured } from "../result.ts";
import { tableOrder } from "../rows.ts";
import { csvLines, rowHeader, rowRecord } from "./csv.ts";
import {
  bufferName,
  conditions,
  deviceName,
  doubts,
  methodName,
  ms,
  percent,
  size,
  whyNot,
} from "./format.ts";
import { plain, trimmed } from "./plain.ts";

/** The differences between points, in words. */
const axes = [
  {
    title: "disk",
    of: ({ environment: { device } }: BenchDocument) => device ? deviceName(device) : "",
  },
  { title: "chunk", of: ({ chunkBytes }: BenchDocument) => size(chunkBytes) },
] as const;

function swept({ points }: Sweep) {
  return axes.filter(({ of }) => new Set(points.map(of)).size > 1);
}

function rowsOf({ points }: Sweep): Row[] {
  const rows = new Map(points.flatMap(({ rows }) => rows.map((row) => [row.id, row] as const)));
  return tableOrder([...rows.values()]);
}

function figures(row: MeasuredRow | UnsupportedRow): string[] {
  return isMeasured(row)
    ? [
      ...[ms(row.ioMs), String(row.MBps), percent(row.percent), percent(row.limitPercent)],
      doubts(row).join("; "),
    ]
    : ["", "", "", "", whyNot(row)];
}

/** One table for a terminal, with a line for each point under each row. */
export function renderSweep(sweep: Sweep): string {
  const [first] = sweep.points;
  if (first === undefined) return "";
  const differing = swept(sweep);
  const table = new Table({
    ...plain,
    head: [
      ...["row", "buffer", "I/O", "method", ...differing.map(({ title }) => title)],
      ...["I/O ms", "MB/s", "% of 1", "% of limit", ""],
    ],
    colAligns: [
      ...["right", "left", "left", "left", ...differing.map(() => "right" as const)] as const,
      ...["right", "right", "right", "right", "left"] as const,
    ],
  });
  for (const { id } of rowsOf(sweep)) {
    const measured = sweep.points.flatMap((point) =>
      point.rows.filter((row) => row.id === id).map((row) => ({ point, row }))
    );
    measured.forEach(({ point, row }, index) => {
      const identity = index === 0
        ? [String(id), bufferName(row), row.io, methodName(row)]
        : ["", "", "", ""];
      table.push([...identity, ...differing.map(({ of }) => of(point)), ...figures(row)]);
    });
  }
  const omitted = Object.fromEntries(differing.map(({ title }) => [title, true]));
  return [...conditions(first, omitted), "", trimmed(table)].join("\n") + "\n";
}

/** The sweep itself; `parseSweep` reads it back. */
export function renderSweepJson(sweep: Sweep): string {
  return JSON.stringify(sweep, null, 2) + "\n";
}

/** A header line, then a line per row and point with exact figures. */
export function renderSweepCsv({ points }: Sweep): string {
  const header = ["device_bytes_per_s", "device_latency_us", "chunk_bytes", ...rowHeader];
  return csvLines(
    header,
    points.flatMap(({ environment: { device }, chunkBytes, rows }) =>
      rows.map((row) => ({
        device_bytes_per_s: device?.bytesPerSecond,
        device_latency_us: device?.latencyUs,
        chunk_bytes: chunkBytes,
        ...rowRecord(row),
      }))
    ),
  );
}
