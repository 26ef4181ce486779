import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseHTML } from "linkedom";
import {
  type BenchDocument,
  compareWithLetter,
  letterDocument,
  letterFigures,
  limitRow,
  renderComparison,
  renderCsv,
  renderHtml,
  renderMarkdown,
  renderText,
} from "../../bench/mod.ts";
import { documentOf, measuredRows, row } from "./_fixtures.ts";

const measured = documentOf(
  new Map([
    [row(1), [1000, 1010, 990]],
    [row(3), [2000, 2000, 2000]],
    [row(22), [250, 251, 249]],
    [limitRow, [240, 241, 239]],
  ]),
);
const document: BenchDocument = {
  ...measured,
  rows: [
    ...measured.rows.slice(0, 2),
    { ...row(9), unsupported: { errno: "EXDEV", reason: 'not across <filesystems>, "no"' } },
    ...measured.rows.slice(2),
  ],
};

function lineOf(text: string, start: RegExp): string {
  return text.split("\n").find((line) => start.test(line)) ?? "";
}

Deno.test("renderText() has each row's figures, shares and the letter's figures", () => {
  const text = renderText(document);
  const cells = lineOf(text, /^ +22 /).trim().split(/\s+/);
  assertEquals(cells.slice(0, 4), ["22", "dmabuf", "direct", "c_f_r"]);
  assertEquals(cells.slice(-5), ["48", "5", "316", "3405", "370"]);
  assert(cells.includes("249-251") && cells.includes("4294") && cells.includes("400"));
  assert(cells.includes("96"));
  assertMatch(lineOf(text, /^ +9 /), /unsupported: not across <filesystems>, "no" \(EXDEV\)$/);
  assertMatch(text, /Spearman, I\/O time, 3 rows\): 1\.00/);
  assert(text.split("\n").every((line) => line === line.trimEnd()));
});

Deno.test("renderText() warns of rows to doubt", () => {
  const doubtful = { ...measuredRows(measured)[0]!, verified: false, late: true };
  const text = renderText({ ...measured, rows: [doubtful] });
  assertStringIncludes(lineOf(text, /^ +1 /), "data wrong; disk late");
});

Deno.test("renderText() has no letter beside a write", () => {
  const text = renderText({ ...document, direction: "write" });
  assertEquals(text.includes("letter"), false);
});

Deno.test("renderText() has no letter beside rows that it does not have", () => {
  const text = renderText(documentOf(new Map([[limitRow, [240, 241, 239]]])));
  assertEquals(text.includes("letter"), false);
});

Deno.test("renderCsv() has as many fields in every line, quoted where needed", () => {
  const lines = renderCsv(letterDocument).trimEnd().split("\n");
  assertEquals(new Set(lines.map((line) => line.split(",").length)).size, 1);
  assertEquals(lines.length, 24);
  assertStringIncludes(renderCsv(document), '"not across <filesystems>, ""no"""');
});

Deno.test("renderMarkdown() is a table with as many cells in every line", () => {
  const lines = renderMarkdown(document).split("\n").filter((line) => line.startsWith("|"));
  assertEquals(lines.length, 2 + document.rows.length);
  assertEquals(new Set(lines.map((line) => line.split(" | ").length)).size, 1);
});

Deno.test("renderHtml() has the table, both charts, and nothing from elsewhere", async () => {
  const html = await renderHtml(document);
  const { document: page } = parseHTML(html) as unknown as {
    document: { querySelectorAll(selector: string): { textContent: string }[] };
  };
  assertEquals(page.querySelectorAll("tbody tr").length, document.rows.length);
  assertEquals(page.querySelectorAll("svg").length, 2);
  // Three parts of each of three rows, on either side.
  assertEquals(page.querySelectorAll('svg g[aria-label="bar"] rect').length, 18);
  // Ours alone has intervals and a limit.
  assertEquals(page.querySelectorAll('svg g[aria-label="rule"] line').length, 4);
  const [ours, letters] = page.querySelectorAll('svg g[aria-label="x-axis tick label"]');
  assertEquals(ours!.textContent, letters!.textContent);
  assertStringIncludes(html, "&lt;filesystems&gt;");
  assertEquals(/(src|href)\s*=|@import|url\(/.test(html), false);
});

Deno.test("renderComparison() says ratio, verdict and what else differs", () => {
  const text = renderComparison(compareWithLetter(document));
  assertMatch(lineOf(text, /^ +22 /), /4295 +339\d +1\.2\d +1\.2\d-1\.2\d +faster$/);
  assertStringIncludes(text, "one side only");
  assertEquals(letterFigures(22)!.ioMs, 316);
});
