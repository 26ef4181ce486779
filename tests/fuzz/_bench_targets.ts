import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import {
  type BenchDocument,
  compare,
  DocumentError,
  letterDocument,
  parseDocument,
  renderComparison,
  renderCsv,
  renderJson,
  renderMarkdown,
  renderText,
} from "../../bench/mod.ts";
import { sample } from "../bench/_fixtures.ts";
import { damagedJson, damagedText, noise } from "./_damage.ts";
import { type Target, target } from "./_target.ts";

/** The form of figures that come from missing values. */
const WRONG = /NaN|undefined|\[object/;

const ms = fc.double({ min: 1e-3, max: 1e7, noNaN: true });
const amount = fc.oneof(ms, fc.constantFrom(0, 5e-324, 1e-6, 2 ** 53, 2 ** 63, 1.8e308));

const samples = fc.array(fc.tuple(amount, fc.boolean()), { maxLength: 2 }).map((all) =>
  all.map(([ioMs, late]) => sample(ioMs, { late }))
);
const measured = fc.record({
  ...{ createMs: amount, ioMs: amount, closeMs: amount, MBps: amount },
  ...{ percent: fc.option(amount), limitPercent: fc.option(amount), samples },
}).map((figures) => ({ ...letterDocument.rows[0]!, ...figures }));
// A reason must not contain words that a report must not contain.
const reason = noise.filter((text) => !WRONG.test(text));
const unsupported = fc.record({ errno: fc.constant("EXDEV"), reason })
  .map((unsupported) => ({ id: 9, buffer: "memfd", io: "direct", method: "c_f_r", unsupported }));

const document = fc.record({
  direction: fc.constantFrom("read", "write"),
  sizeBytes: fc.integer({ min: 1, max: 2 ** 40 }),
  runs: fc.nat(),
  seed: fc.nat(),
  rows: fc.array(fc.oneof(measured, unsupported, fc.constantFrom(...letterDocument.rows)), {
    maxLength: 4,
  }).map((rows) => rows.map((row, i) => ({ ...row, id: i + 1 }))),
}).map((part) => ({ ...letterDocument, ...part }));

const documents = target({
  name: "parseDocument()",
  inputs: damagedText(damagedJson(document).map((value) => JSON.stringify(value))),
  refusals: [DocumentError],
  read(text: string) {
    const written = renderJson(parseDocument(text, "a.json"));
    // Compared as text: 1e999 in a field that nobody reads is Infinity, which is written as null.
    assertEquals(renderJson(parseDocument(written, "a.json")), written);
  },
});

/** A text of RFC 4180, as any other program would read it. */
export function readCsv(text: string): string[][] {
  const cells = text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/gy);
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of cells) {
    lines.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\n") lines.push([]);
  }
  return lines.slice(0, -1);
}

const reports = target({
  name: "a result's reports, CSV, and comparison",
  inputs: damagedJson(document),
  refusals: [DocumentError],
  read(value: unknown) {
    const parsed = parseDocument(JSON.stringify(value), "a.json");
    for (const text of [renderText(parsed), renderMarkdown(parsed)]) checkText(text);
    checkCsv(parsed);
    const baseline = { ...letterDocument, direction: parsed.direction };
    checkText(renderComparison(compare(parsed, baseline)));
    checkText(renderComparison(compare(baseline, parsed)));
  },
});

function checkText(text: string): void {
  assert(!WRONG.test(text), text);
}

function checkCsv(parsed: BenchDocument): void {
  const [header = [], ...lines] = readCsv(renderCsv(parsed));
  assertEquals(lines.length, parsed.rows.length);
  for (const [i, row] of parsed.rows.entries()) {
    const cells = Object.fromEntries(header.map((name, column) => [name, lines[i]![column]]));
    assertEquals(lines[i]!.length, header.length);
    if ("unsupported" in row) assertEquals(cells["unsupported"], row.unsupported.reason);
    else assertEquals(Number(cells["io_ms"]), row.ioMs);
  }
}

/** The documents and reports of `bench`. */
export const benchTargets: readonly Target[] = [documents, reports];
