import type { Model } from "../models/mod.ts";
import { formatSize } from "../terminal/format.ts";

const HEAD = ["name", "dtype", "shape", "bytes", "offset"];
/** The columns of numbers. */
const RIGHT = [3, 4];

/** A line for each tensor, and one for all; for several files, a column names the file. */
export function describeModels(models: readonly Model[]): string {
  const isOne = models.length === 1;
  const rows = models.flatMap(({ path, tensors }) =>
    tensors.map(({ name, dtype, shape, bytes, offset }) => [
      ...[
        printable(name),
        printable(dtype),
        `[${shape.join(", ")}]`,
        String(bytes ?? "?"),
        String(offset),
      ],
      ...(isOne ? [] : [printable(path)]),
    ])
  );
  return [...alignColumns([isOne ? HEAD : [...HEAD, "file"], ...rows]), "", summarize(models)]
    .join("\n");
}

/** Replaces control characters: a name may hold some, and they must not reach the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}

function alignColumns(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, i) =>
    rows.reduce((width, row) => Math.max(width, row[i]!.length), 0)
  );
  const last = widths.length - 1;
  return rows.map((row) =>
    row.map((cell, i) => {
      if (RIGHT.includes(i)) return cell.padStart(widths[i]!);
      return i === last ? cell : cell.padEnd(widths[i]!);
    }).join("  ")
  );
}

/** `gguf, 13.4 GiB in 3 files: 291 tensors, 13.3 GiB` */
function summarize(models: readonly Model[]): string {
  const tensors = models.flatMap(({ tensors }) => tensors);
  const fileBytes = models.reduce((sum, { bytes }) => sum + bytes, 0n);
  const data = tensors.reduce((sum, { bytes }) => sum + (bytes ?? 0n), 0n);
  const formats = [...new Set(models.map(({ format }) => format))].join(", ");
  const files = models.length === 1 ? "" : ` in ${models.length} files`;
  const count = `${tensors.length} tensor${tensors.length === 1 ? "" : "s"}`;
  return `${formats}, ${formatSize(fileBytes)}${files}: ${count}, ${formatSize(data)}`;
}

/** The value that `--json` prints: an object for a file, or an array of them for several. */
export function modelsAsJson(models: readonly Model[]): unknown {
  const [first, ...more] = models.map(asJson);
  return more.length === 0 ? first : [first, ...more];
}

function asJson({ path, format, bytes, dataOffset, tensors }: Model): Record<string, unknown> {
  return {
    path,
    format,
    bytes: Number(bytes),
    dataOffset: Number(dataOffset),
    tensors: tensors.map(({ name, dtype, shape, bytes, offset }) => ({
      name,
      dtype,
      shape,
      bytes: bytes === null ? null : Number(bytes),
      offset: Number(offset),
    })),
  };
}
