import type { BenchDocument } from "../result.ts";

/** The document itself; `parseDocument` reads it back. */
export function renderJson(document: BenchDocument): string {
  return JSON.stringify(document, null, 2) + "\n";
}
