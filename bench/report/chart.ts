import type { PlotOptions } from "npm:@observablehq/plot@0.6.17";
import type { BenchDocument, MeasuredRow } from "../result.ts";
import { isMeasured } from "../result.ts";
import { bufferName, methodName } from "./format.ts";

interface Bar {
  row: string;
  part: string;
  ms: number;
}

const parts = [
  { part: "I/O", key: "ioMs", colour: "#4384b4" },
  { part: "create", key: "createMs", colour: "#b07d10" },
  { part: "close", key: "closeMs", colour: "#868686" },
] as const;
const limitColour = "#d9485a";

/** The meanings of the colours of {@linkcode renderChart}. */
export const legend: readonly { name: string; colour: string }[] = [
  ...parts.map(({ part, colour }) => ({ name: part, colour })),
  { name: "limit: the disk alone", colour: limitColour },
];

function label(row: MeasuredRow): string {
  return `${row.id} ${bufferName(row)} ${row.io} ${methodName(row)}`;
}

function bars(rows: readonly MeasuredRow[]): Bar[] {
  return rows.flatMap((row) =>
    parts.map(({ part, key }) => ({ row: label(row), part, ms: row[key] }))
  );
}

/** The longest bar of a document, in milliseconds; 0 if nothing was measured. */
export function longestMs({ rows }: BenchDocument): number {
  return Math.max(
    0,
    ...rows.filter(isMeasured).map(({ ioMs, createMs, closeMs }) => ioMs + createMs + closeMs),
  );
}

/**
 * A document's bars as a self-contained SVG: I/O from zero with its interval, create and close
 * stacked on it, the limit row's I/O as a line. `endMs` is the end of the axis, so that charts can be
 * compared by eye; screen readers read `title`.
 */
export async function renderChart(
  document: BenchDocument,
  { title, endMs = longestMs(document) }: { title: string; endMs?: number },
): Promise<string> {
  // Imported only here, as the plotting library takes a second to start on the lab's 1 GHz.
  const [Plot, { parseHTML }] = await Promise.all([
    import("npm:@observablehq/plot@0.6.17"),
    import("npm:linkedom@0.18.12"),
  ]);
  // Its types need the DOM's types, which Deno does not load.
  const dom = parseHTML("<html></html>") as unknown as Pick<PlotOptions, "document">;
  const measured = document.rows.filter(isMeasured);
  const rows = measured.filter((row) => row.id !== "limit");
  const limit = measured.find((row) => row.id === "limit");
  const intervals = rows.flatMap((row) =>
    row.intervals === null ? [] : [{ row: label(row), ...row.intervals.io }]
  );
  const svg = Plot.plot({
    document: dom.document,
    width: 640,
    marginLeft: 210,
    height: 60 + 20 * rows.length,
    x: { label: "ms", grid: true, domain: [0, endMs] },
    y: { label: null, domain: rows.map(label) },
    color: { domain: parts.map(({ part }) => part), range: parts.map(({ colour }) => colour) },
    marks: [
      Plot.barX(bars(rows), {
        y: "row",
        x: "ms",
        fill: "part",
        order: parts.map(({ part }) => part),
      }),
      Plot.ruleY(intervals, {
        y: "row",
        x1: "low",
        x2: "high",
        stroke: "currentColor",
        strokeWidth: 2,
      }),
      Plot.ruleX(limit ? [limit.ioMs] : [], {
        stroke: limitColour,
        strokeWidth: 2,
        strokeDasharray: "4 2",
      }),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", title);
  const text = dom.document!.createElementNS("http://www.w3.org/2000/svg", "title");
  text.textContent = title;
  svg.prepend(text);
  return svg.outerHTML;
}
