import { dirname } from "node:path";
import { ValidationError } from "@cliffy/command";
import { ifThere } from "../base/if_there.ts";
import { isReplaceable } from "../base/is_replaceable.ts";
import { writeWhole } from "../base/write_whole.ts";
import {
  type BenchDocument,
  renderCsv,
  renderHtml,
  renderJson,
  renderMarkdown,
} from "../bench/mod.ts";

/** What a result can be written as, by the option that names the file. */
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

/**
 * Finds out before the bench whether its result can be written after it.
 *
 * @throws {ValidationError} if a file can't be made where it is wanted
 */
export function checkOutputs(outputs: Outputs): void {
  for (const [format, path] of named(outputs)) {
    try {
      if (ifThere(() => Deno.statSync(path))?.isDirectory) throw new Error("it is a folder");
      if (isReplaceable(path)) Deno.removeSync(Deno.makeTempFileSync({ dir: dirname(path) }));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.replace(/:.*/, "") : cause;
      throw new ValidationError(`can't write --${format} ${path}: ${reason}`, { cause });
    }
  }
}

/** Writes the files asked for, each whole or not at all. */
export async function writeOutputs(outputs: Outputs, document: BenchDocument): Promise<void> {
  await writeFiles(
    named(outputs).map(([format, path]) => [
      path,
      () => RENDERERS[format](document),
    ]),
  );
}

/** Writes each file that has a path, whole or not at all. */
export async function writeFiles(
  files: readonly [path: string | undefined, render: () => string | Promise<string>][],
): Promise<void> {
  for (const [path, render] of files) {
    if (path === undefined) continue;
    writeWhole(path, await render());
  }
}
