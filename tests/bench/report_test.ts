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
  { environment: { ...letterDocument.environment, clock: "model" } },
);
const document: BenchDocument = {
  ...measured,
  rows: [
    ...measured.rows.slice(0, 2),
    { ...row(9), unsupported: { errno: "EXDEV", reason: 'not across <filesystems>, "no"' } },
    ...measured.rows.slice(2),
  ],
};

/** The part of the DOM's that is used here. */
interface Element {
  textContent: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
}

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
  assertEquals(text.includes("Spearman"), false);
  assert(text.split("\n").every((line) => line === line.trimEnd()));
});

Deno.test("renderText() warns of rows to doubt", () => {
  const doubtful = { ...measuredRows(measured)[0]!, verified: false, late: true };
  const text = renderText({ ...measured, rows: [doubtful] });
  assertStringIncludes(lineOf(text, /^ +1 /), "data wrong; disk late");
});

Deno.test("renderText() ranks ten rows and more against the letter", () => {
  const ranked = (count: number) => {
    const rows = Array.from(
      { length: count },
      (_, i) => [row(i + 1), [1000 + i, 1010 + i]] as const,
    );
    return /Spearman, I\/O time, (\d+) rows\): /.exec(renderText(documentOf(new Map(rows))))?.[1];
  };
  assertEquals([ranked(9), ranked(10)], [undefined, "10"]);
});

Deno.test("renderText() has no letter beside another size, chunk or clock", () => {
  assertEquals(renderText(document).includes("letter"), true);
  const wall = { ...document.environment, clock: "wall" as const };
  for (const other of [{ sizeBytes: 2 ** 28 }, { chunkBytes: 2 ** 20 }, { environment: wall }]) {
    assertEquals(renderText({ ...document, ...other }).includes("letter"), false);
  }
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
    document: { querySelectorAll(selector: string): Element[] };
  };
  assertEquals(page.querySelectorAll("tbody tr").length, document.rows.length);
  assertEquals(page.querySelectorAll("svg").length, 2);
  // Three parts of each of three rows, on either side.
  assertEquals(page.querySelectorAll('svg g[aria-label="bar"] rect').length, 18);
  // Only the measured document has intervals and a limit.
  assertEquals(page.querySelectorAll('svg g[aria-label="rule"] line').length, 4);
  const [ours, letters] = page.querySelectorAll('svg g[aria-label="x-axis tick label"]');
  assertEquals(ours!.textContent, letters!.textContent);
  assertStringIncludes(html, "&lt;filesystems&gt;");
  for (const svg of page.querySelectorAll("svg")) {
    assertEquals(svg.getAttribute("role"), "img");
    assertEquals(svg.querySelector("title")?.textContent, svg.getAttribute("aria-label"));
  }
  const heads = page.querySelectorAll("th").map((head) => head.getAttribute("scope"));
  assertEquals(heads.filter((scope) => scope === "row").length, document.rows.length);
  assertEquals(heads.every((scope) => scope === "row" || scope === "col"), true);
  assertStringIncludes(html, "@media print");
  assertStringIncludes(
    page.querySelectorAll("code")[0]!.textContent,
    "--rows 1,3,9,22,limit --size ",
  );
  assertEquals(/(src|href)\s*=|@import|url\(/.test(html), false);
});

Deno.test("renderHtml() names the command with the lab's kernel, base and clock", async () => {
  const command = async (environment: Partial<BenchDocument["environment"]>) => {
    const html = await renderHtml({
      ...document,
      environment: { ...document.environment, ...environment },
    });
    return /<code>(.*)<\/code>/.exec(html)?.[1] ?? "";
  };
  const device = { bytesPerSecond: 2 ** 31, latencyUs: 80 };
  const disk = "--device-bandwidth 2048MiB --device-latency 80 --rows";
  const patched = await command({ kernel: "6.12.90-dmacopy-patched", clock: "model", device });
  assertStringIncludes(patched, `dmacopy bench ${disk}`);
  const stock = await command({ kernel: "7.3.4-dmacopy-stock", clock: "model", device });
  assertStringIncludes(stock, `dmacopy bench --base 7.3 --kernel stock ${disk}`);
  const rw = await command({ kernel: "6.12.90-dmacopy-rw-iter", clock: "wall", device: null });
  assertStringIncludes(rw, "dmacopy bench --kernel rw-iter --clock wall --rows");
  const host = await command({ kernel: "6.12.90+deb13-amd64", clock: "wall", device: null });
  assertStringIncludes(host, "dmacopy bench --host --file FILE --rows");
});

/** The contrast of two colours, from 1 to 21, as WCAG 2 defines it. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const share = parseInt(colour.slice(at, at + 2), 16) / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

Deno.test("renderHtml() has a contrast of 4.5 for text and 3 for marks, on light and on dark", async () => {
  const html = await renderHtml(document);
  const long = (colour: string) =>
    colour.length === 4 ? colour.replaceAll(/[0-9a-f]/g, "$&$&") : colour;
  const found = (name: string) =>
    [...html.matchAll(new RegExp(`--${name}: (#[0-9a-f]+)`, "g"))].map(([, c]) => long(c!));
  const marks = [...html.matchAll(/class="swatch" style="background:(#[0-9a-f]{6})"/g)];
  assertEquals(marks.length, 4);
  for (const [theme, paper] of found("paper").entries()) {
    for (const ink of [found("ink")[theme]!, found("faint")[theme]!]) {
      assert(contrast(ink, paper) >= 4.5, `${ink} on ${paper}`);
    }
    for (const [, mark] of marks) assert(contrast(mark!, paper) >= 3, `${mark} on ${paper}`);
  }
});

Deno.test("renderComparison() says ratio, verdict and what else differs", () => {
  const text = renderComparison(compareWithLetter(document));
  assertMatch(lineOf(text, /^ +22 /), /4295 +339\d +1\.2\d +1\.2\d-1\.2\d +faster$/);
  assertStringIncludes(text, "one side only");
  assertEquals(letterFigures(22)!.ioMs, 316);
});
