import type {
  BenchDocument,
  Environment,
  Interval,
  MeasuredRow,
  Row,
  UnsupportedRow,
} from "../result.ts";

/** Milliseconds for the table: whole ones from 10 up. */
export function ms(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}

/** {@linkcode ms}, or nothing if there is no value. */
export function msOrNothing(value: number | null): string {
  return value === null ? "" : ms(value);
}

/** An interval in milliseconds, or nothing if there is none. */
export function msInterval(interval: Interval | null | undefined): string {
  return interval ? `${ms(interval.low)}-${ms(interval.high)}` : "";
}

export function percent(value: number | null): string {
  return value === null ? "" : value.toFixed(0);
}

/** A buffer kind with its pages, unless they are the usual 4 KiB. */
export function bufferName(row: Row): string {
  return row.pages === undefined || row.pages === "4k" ? row.buffer : `${row.buffer} ${row.pages}`;
}

/** A method with other special settings of its row. */
export function methodName({ method, depth = 1, udmabufLast = false }: Row): string {
  return `${method}${depth > 1 ? ` x${depth}` : ""}${udmabufLast ? ", udmabuf last" : ""}`;
}

/** A size in binary units, exact. */
export function size(bytes: number): string {
  const [unit, name] = [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]]
    .find(([unit]) => bytes >= (unit as number) && bytes % (unit as number) === 0) ?? [1, "B"];
  return `${bytes / (unit as number)} ${name}`;
}

/** The modelled disk, in words. */
export function deviceName(device: NonNullable<Environment["device"]>): string {
  const { bytesPerSecond, latencyUs } = device;
  return `${
    bytesPerSecond === 0 ? "without limit" : `${size(bytesPerSecond)}/s`
  } + ${latencyUs} µs`;
}

/** The reasons to doubt a row's figures, in words; empty if there are none. */
export function doubts(row: MeasuredRow): string[] {
  const warm = row.samples.filter((sample) => sample.residentPagesBefore > 0).length;
  return [
    ...(row.verified ? [] : ["data wrong"]),
    ...(row.late ? ["disk late"] : []),
    ...(warm > 0 ? [`cache warm in ${warm} of ${row.samples.length} runs`] : []),
    ...(row.outliers.length > 0 ? [`outliers: ${row.outliers.length}`] : []),
  ];
}

/** The reason why a row has no figures. */
export function whyNot(row: UnsupportedRow): string {
  return `unsupported: ${row.unsupported.reason} (${row.unsupported.errno})`;
}

/** Conditions of a document that the caller shows elsewhere. */
export interface Omitted {
  /** The modelled disk. */
  disk?: boolean;
  /** The buffers' size. */
  chunk?: boolean;
}

/** The conditions of a document, a line each. */
export function conditions(document: BenchDocument, omitted: Omitted = {}): string[] {
  const { environment: machine } = document;
  const count = Math.ceil(document.sizeBytes / document.chunkBytes);
  const bufferBytes = Math.min(document.sizeBytes, document.chunkBytes);
  const buffers = omitted.chunk
    ? ""
    : ` in ${count} ${count === 1 ? "buffer" : "buffers"} of ${size(bufferBytes)}`;
  const device = machine.device === null || omitted.disk
    ? ""
    : `, disk ${deviceName(machine.device)} (modelled)`;
  return [
    `${document.direction} ${size(document.sizeBytes)}${buffers}, ${document.runs} ${
      document.runs === 1 ? "run" : "runs"
    }, seed ${document.seed}${document.interrupted ? ", interrupted" : ""}`,
    `Linux ${machine.kernel}, series: ${machine.series ?? "none"}, ${machine.filesystem}, ${
      machine.cachesDropped ? "caches dropped" : "only the file's cache dropped (needs root)"
    }`,
    `${machine.cpu}, ${
      machine.clock === "model" ? "1 GHz model clock" : "wall clock"
    }${device}, memory ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`,
    `commit ${machine.commit ?? "unknown"}, ${machine.date}`,
  ];
}
