import { assert, assertEquals } from "@std/assert";
import { letterDocument, letterRows } from "../../bench/mod.ts";
import { claims, claimTable, gain, ratioOf } from "../../notebooks/lib/claims.ts";
import { figure, Plot } from "../../notebooks/lib/figure.ts";
import { table } from "../../notebooks/lib/table.ts";
import { pairs, pairTable, rankChart, timesChart } from "../../notebooks/lib/throughput.ts";

Deno.test("table() escapes what it is given and stands numbers right", () => {
  const view = table([{ n: 1 }], [
    { title: "a < b", cell: () => "<b>", align: "left" },
    { title: "n", cell: ({ n }) => n },
  ]);
  assertEquals(
    view["text/html"]?.split("\n")[3],
    '<tr><td style="text-align:left">&lt;b&gt;</td><td style="text-align:right">1</td></tr>',
  );
  assert(view["text/html"]?.includes(">a &lt; b</th>"));
  assertEquals(view["text/plain"], "| a < b | n |\n| :-- | --: |\n| <b> | 1 |");
});

Deno.test("table() lets a title break within a function's name", () => {
  const { "text/html": html = "", "text/plain": words = "" } = table([1], [
    { title: "_copy_to_iter", cell: () => "c_f_r" },
  ]);
  assert(html.includes(">_copy_<wbr>to_<wbr>iter</th>") && html.includes(">c_f_r</td>"));
  assert(words.startsWith("| _copy_to_iter |"));
});

Deno.test("figure() is one SVG with its description, for light and dark", () => {
  const { "image/svg+xml": svg = "" } = figure({
    title: "A & B",
    alt: 'Bars of "a" and b',
    marks: [Plot.barX([{ x: 1 }, { x: 2 }], { x: "x" })],
  });
  assertEquals(svg.match(/<svg/g)?.length, 2);
  assert(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"'));
  assert(svg.includes('role="img"') && svg.includes('aria-label="Bars of &quot;a&quot; and b"'));
  assert(svg.includes("<title>A &amp; B</title>"));
  assert(svg.includes("prefers-color-scheme: dark"));
});

Deno.test("ratioOf() gives what the letter's own table gives for its claims", () => {
  assertEquals(
    claims.map((claim) => ratioOf(claim, letterDocument)?.toFixed(2)),
    ["1.18", "1.59", "3.71", "1.47"],
  );
});

Deno.test("ratioOf() is null without one of the rows", () => {
  const rows = letterDocument.rows.filter(({ id }) => id !== 22);
  assertEquals(claims.map((claim) => ratioOf(claim, { ...letterDocument, rows })).slice(2), [
    null,
    null,
  ]);
  assertEquals(gain(null), "not measured");
});

Deno.test("gain() is signed", () => {
  assertEquals([gain(1.475), gain(0.9)], ["+48 % (1.48 ×)", "−10 % (0.90 ×)"]);
});

Deno.test("claimTable() has a line for each claim", () => {
  assertEquals(claimTable(letterDocument)["text/plain"]?.split("\n").length, claims.length + 2);
});

Deno.test("pairTable() and timesChart() show all rows of the letter", () => {
  const rows = pairs(letterDocument);
  assertEquals(pairTable(rows)["text/html"]?.match(/<tr>/g)?.length, letterRows.length + 1);
  const bars = timesChart(rows)["image/svg+xml"]?.match(/<rect/g)?.length;
  assertEquals(bars, letterRows.length * 3 * 2 + 3, "three parts, two places, and the legend");
});

Deno.test("rankChart() of the letter against itself is the diagonal", () => {
  const { "text/plain": words = "" } = rankChart(pairs(letterDocument));
  assert(/place (\d+) here and \1 in the letter/.test(words));
});
