import { ValidationError } from "@cliffy/command";
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
export async function checkOutputs(outputs: Outputs): Promise<void> {
  for (const [format, path] of named(outputs)) {
    try {
      if (await isFolder(path)) throw new Error("it is a folder");
      await Deno.writeTextFile(temporary(path), "");
      await Deno.remove(temporary(path));
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
    await Deno.writeTextFile(temporary(path), await render());
    await Deno.rename(temporary(path), path);
  }
}

/** Writes a file whole or not at all. */
export function writeFileSync(path: string, text: string): void {
  Deno.writeTextFileSync(temporary(path), text);
  Deno.renameSync(temporary(path), path);
}

function temporary(path: string): string {
  return `${path}.${Deno.pid}.tmp`;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
