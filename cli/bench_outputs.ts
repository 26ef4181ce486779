import {
  type BenchDocument,
  renderCsv,
  renderHtml,
  renderJson,
  renderMarkdown,
} from "../bench/mod.ts";
import { checkOutput, writeOutput } from "./output_file.ts";

/** The formats of a result, by the option that names the file. */
const RENDERERS = {
  json: renderJson,
  csv: renderCsv,
  markdown: renderMarkdown,
  html: renderHtml,
} as const;

type Format = keyof typeof RENDERERS;

/** The files to write. */
export type Outputs = { readonly [F in Format]?: string | undefined };

function named(outputs: Outputs): [Format, string][] {
  const formats = Object.keys(RENDERERS) as Format[];
  return formats.flatMap((format) => {
    const path = outputs[format];
    return path === undefined ? [] : [[format, path]];
  });
}

/** Checks before the bench that its result can be written after it. */
export function checkOutputs(outputs: Outputs): void {
  for (const [format, path] of named(outputs)) checkOutput(`--${format}`, path);
}

/** Writes the files asked for. */
export async function writeOutputs(outputs: Outputs, document: BenchDocument): Promise<void> {
  for (const [format, path] of named(outputs)) {
    writeOutput(`--${format}`, path, await RENDERERS[format](document));
  }
}
