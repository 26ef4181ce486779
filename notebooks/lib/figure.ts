import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { View } from "./show.ts";

/**
 * Colours that people of any colour vision tell apart (after Okabe and Ito), each with a contrast of
 * at least 3 to both backgrounds below.
 */
export const colours = {
  blue: "#0072b2",
  orange: "#d55e00",
  grey: "#8c8c8c",
  green: "#009e73",
  purple: "#b8689a",
} as const;

/** One entry of a legend. */
export interface Key {
  name: string;
  colour: string;
}

/** Options of {@linkcode figure}, besides those of Observable Plot. */
export interface FigureOptions extends Omit<Plot.PlotOptions, "document" | "title"> {
  /** The title above the picture. */
  title: string;
  /** A description for readers who can't see the picture. */
  alt: string;
  /** The meanings of the colours. */
  legend?: readonly Key[] | undefined;
}

const STYLE = `
.dmacopy-figure { color: #1b1b1b; background: #ffffff; }
@media (prefers-color-scheme: dark) { .dmacopy-figure { color: #e4e4e4; background: #16181c; } }`;
/** Room for the title, and for the legend below it. */
const HEAD = { title: 28, legend: 20 };
const CHARACTER = 6.6;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function legendMarks(legend: readonly Key[]): string {
  let x = 8;
  return legend.map(({ name, colour }) => {
    const mark = `<rect x="${x}" y="27" width="11" height="11" fill="${colour}"/>` +
      `<text x="${x + 16}" y="37">${escaped(name)}</text>`;
    x += 34 + Math.ceil(name.length * CHARACTER);
    return mark;
  }).join("");
}

/** Wraps the inside of a picture: title, legend, description, and colours for light and dark. */
export function frame(
  inside: string,
  options: Pick<FigureOptions, "title" | "alt" | "legend"> & { width: number; height: number },
): View {
  const { title, alt, legend = [], width, height } = options;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="dmacopy-figure" role="img"`,
    ` width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="system-ui, sans-serif" font-size="12" fill="currentColor"`,
    ` aria-label="${escaped(alt)}">`,
    `<title>${escaped(title)}</title><desc>${escaped(alt)}</desc><style>${STYLE}</style>`,
    `<text x="8" y="18" font-size="14" font-weight="600">${escaped(title)}</text>`,
    legendMarks(legend),
    inside,
    "</svg>",
  ].join("");
  return { "image/svg+xml": svg, "text/plain": `${title}. ${alt}` };
}

/** A plot as one SVG that needs nothing else. */
export function figure(options: FigureOptions): View {
  const { title, alt, legend, ...plotOptions } = options;
  // Its types need the DOM's types, which Deno does not load.
  const { document } = parseHTML("<html></html>") as unknown as Pick<Plot.PlotOptions, "document">;
  const { width = 720, height = 400 } = plotOptions;
  const plot = Plot.plot({ ...plotOptions, document, width, height });
  plot.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const head = HEAD.title + (legend ? HEAD.legend : 0);
  plot.setAttribute("y", String(head));
  return frame(plot.outerHTML, { title, alt, width, height: height + head, legend });
}

export { Plot };
