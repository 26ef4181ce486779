import { letterFigures } from "../letter.ts";
import type { BenchDocument, MeasuredRow, UnsupportedRow } from "../result.ts";
import { isMeasured } from "../result.ts";
import { medianOf } from "../summary.ts";

type Cell = string | number | boolean | null | undefined;

function escaped(cell: Cell): string {
  const text = String(cell ?? "");
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function figures(row: MeasuredRow): Record<string, Cell> {
  return {
    create_ms: row.createMs,
    close_ms: row.closeMs,
    io_ms: row.ioMs,
    io_low_ms: row.intervals?.io.low,
    io_high_ms: row.intervals?.io.high,
    io_mb_per_s: row.MBps,
    io_percent: row.percent,
    limit_percent: row.limitPercent,
    io_cpu_user_ms: medianOf(row, (sample) => sample.cpu.io.userMs),
    io_cpu_system_ms: medianOf(row, (sample) => sample.cpu.io.systemMs),
    instructions_per_byte: medianOf(row, (sample) => sample.instructionsPerByte),
    cache_pages_added: medianOf(row, (sample) => sample.cachePagesAdded),
    verified: row.verified,
    late: row.late,
    samples: row.samples.length,
  };
}

/** The cells of a row, by the names in {@linkcode rowHeader}. */
export function rowRecord(row: MeasuredRow | UnsupportedRow): Record<string, Cell> {
  const letter = letterFigures(row.id);
  return {
    row: row.id,
    buffer: row.buffer,
    pages: row.pages ?? "4k",
    io_mode: row.io,
    method: row.method,
    depth: row.depth ?? 1,
    udmabuf_last: row.udmabufLast ?? false,
    ...(isMeasured(row) ? figures(row) : { unsupported: row.unsupported.reason }),
    letter_create_ms: letter?.createMs,
    letter_close_ms: letter?.closeMs,
    letter_io_ms: letter?.ioMs,
    letter_io_mb_per_s: letter?.MBps,
    letter_io_percent: letter?.percent,
  };
}

/** The record of a row. */
export const rowHeader: readonly string[] = [
  ...["row", "buffer", "pages", "io_mode", "method", "depth", "udmabuf_last"],
  ...["create_ms", "close_ms", "io_ms"],
  ...["io_low_ms", "io_high_ms", "io_mb_per_s", "io_percent", "limit_percent"],
  ...["io_cpu_user_ms", "io_cpu_system_ms", "instructions_per_byte", "cache_pages_added"],
  ...["verified", "late"],
  ...["samples", "unsupported", "letter_create_ms", "letter_close_ms", "letter_io_ms"],
  ...["letter_io_mb_per_s", "letter_io_percent"],
];

/** Lines of records under a header line (RFC 4180 quoting, LF). */
export function csvLines(
  header: readonly string[],
  records: readonly Readonly<Record<string, Cell>>[],
): string {
  const lines = records.map((cells) => header.map((name) => escaped(cells[name])).join(","));
  return [header.join(","), ...lines].join("\n") + "\n";
}

/** A header line, then a line per row with exact figures. */
export function renderCsv(document: BenchDocument): string {
  return csvLines(rowHeader, document.rows.map(rowRecord));
}
