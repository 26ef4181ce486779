import type { Model } from "../models/mod.ts";
import { formatSize } from "../terminal/format.ts";

const HEAD = ["name", "dtype", "shape", "bytes", "offset"];
/** The columns of numbers. */
const RIGHT = 3;

/** A line for each tensor, and one for the file. */
export function describeModel({ tensors, format, bytes }: Model): string {
  const rows = [
    HEAD,
    ...tensors.map(({ name, dtype, shape, bytes, offset }) => [
      // What a name has of a terminal's language is not for the terminal.
      name.replaceAll(/\p{Cc}/gu, "?"),
      dtype,
      `[${shape.join(", ")}]`,
      String(bytes ?? "?"),
      String(offset),
    ]),
  ];
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, i) => i < RIGHT ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ")
  );
  const data = tensors.reduce((sum, tensor) => sum + (tensor.bytes ?? 0n), 0n);
  const count = `${tensors.length} tensor${tensors.length === 1 ? "" : "s"}`;
  return [...lines, "", `${format}, ${formatSize(bytes)}: ${count}, ${formatSize(data)}`].join(
    "\n",
  );
}

/** What `--json` prints. */
export function modelAsJson({ path, format, bytes, tensors }: Model): Record<string, unknown> {
  return {
    path,
    format,
    bytes: Number(bytes),
    tensors: tensors.map(({ name, dtype, shape, bytes, offset }) => ({
      name,
      dtype,
      shape,
      bytes: bytes === null ? null : Number(bytes),
      offset: Number(offset),
    })),
  };
}
