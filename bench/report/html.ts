import { letterDocument } from "../letter.ts";
import type { BenchDocument } from "../result.ts";
import { isMeasured } from "../result.ts";
import { legend, longestMs, renderChart } from "./chart.ts";
import { cellsOf, columnsOf, isComparableWithLetter } from "./columns.ts";
import { conditions } from "./format.ts";
import { rankAgreement } from "./text.ts";

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const style = `
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --line: #e3e3e3; --faint: #666; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --paper: #16181b; --line: #363a40; --faint: #a0a4aa; }
}
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 84rem; padding: 0 1rem;
  color: var(--ink); background: var(--paper); }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
ul { padding-left: 1.2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: .2rem .5rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { text-align: inherit; white-space: pre-line; vertical-align: bottom; line-height: 1.2; }
.right { text-align: right; } .reason { color: var(--faint); white-space: normal; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); gap: 1rem; }
.swatch { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .8em; }
figure { margin: 0; } figcaption { font-weight: 600; }
.table { overflow-x: auto; }
svg { max-width: 100%; height: auto; background: none; }
tbody th { font-weight: inherit; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dd { margin: 0; }
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; --line: #bbb; --faint: #444; }
  body { font-size: 10pt; margin: 0; max-width: none; } .table { overflow: visible; }
  figure, tr { break-inside: avoid; } .swatch, svg { print-color-adjust: exact; }
}
`;

const [COLUMN_HEAD, ROW_HEAD] = ['th scope="col"', 'th scope="row"'];

function tableOf(document: BenchDocument): string {
  const columns = columnsOf(document);
  const cell = (tag: string, text: string, index: number) =>
    `<${tag} class="${columns[index]!.align}">${escaped(text)}</${tag.split(" ")[0]}>`;
  const rows = document.rows.map((row) => {
    const { cells, reason } = cellsOf(row, columns);
    const rest = reason === null
      ? ""
      : `<td class="reason" colspan="${columns.length - cells.length}">${escaped(reason)}</td>`;
    return `<tr>${
      cells.map((text, index) => cell(index === 0 ? ROW_HEAD : "td", text, index)).join("")
    }${rest}</tr>`;
  });
  const head = columns.map((column, index) => cell(COLUMN_HEAD, column.title, index)).join("");
  return `<div class="table"><table><thead><tr>${head}</tr></thead>\n<tbody>\n${
    rows.join("\n")
  }\n</tbody></table></div>`;
}

function swatch({ name, colour }: { name: string; colour: string }): string {
  return `<span class="swatch" style="background:${colour}"></span>${escaped(name)}`;
}

async function charts(document: BenchDocument): Promise<string> {
  const ids = new Set(document.rows.filter(isMeasured).map((row) => row.id));
  const letter = {
    ...letterDocument,
    rows: letterDocument.rows.filter((row) => ids.has(row.id)),
  };
  const isBeside = isComparableWithLetter(document) && letter.rows.length > 0;
  const endMs = Math.max(longestMs(document), isBeside ? longestMs(letter) : 0);
  const beside = isBeside
    ? [
      `<figure><figcaption>The letter</figcaption>${await renderChart(letter, {
        title: chartTitle("the letter"),
        endMs,
      })}</figure>`,
    ]
    : [];
  return [
    `<p>${legend.map(swatch).join(" ")}</p>`,
    '<div class="charts">',
    `<figure><figcaption>This run</figcaption>${await renderChart(document, {
      title: chartTitle("this run"),
      endMs,
    })}</figure>`,
    ...beside,
    "</div>",
  ].join("\n");
}

function chartTitle(of: string): string {
  return `Bar chart of ${of}: milliseconds of I/O, create and close for each row. The table has the figures.`;
}

/** The glossary of the table. */
const GLOSSARY: readonly (readonly [term: string, meaning: string])[] = [
  ["create, I/O, close", "Time to make the buffers, to move the data, and to release the buffers."],
  ["95 %", "Interval that holds the median I/O time with a confidence of 95 %."],
  ["CPU", "CPU time of the I/O."],
  ["MB/s", "Rate of the I/O, in millions of bytes per second."],
  ["% of 1", "Rate, as a share of row 1's."],
  ["% of limit", "Rate, as a share of the row limit's: direct reads into plain memory."],
  ["dmabuf", "Memory of a dma-buf heap, which devices can share."],
  ["udmabuf", "A dma-buf made of a memfd by /dev/udmabuf."],
  ["memfd", "Anonymous memory with a file descriptor."],
  ["buffered, direct", "Through the page cache, or past it (O_DIRECT)."],
  ["R/W", "read(2) or write(2) with the mapped buffer."],
  ["c_f_r", "copy_file_range(2) between the file and the buffer."],
  ["letter", "wangtao's mail to linux-mm of 30 May 2025, whose table has the rows 1 to 23."],
];

/** `6.12.90-dmacopy-patched`: the release that the lab gives its kernels. */
const LAB_KERNEL = /^(\d+\.\d+).*-dmacopy-(.+)$/;

/** The command that repeats the measurement. */
export function commandOf(document: BenchDocument): string {
  const { sizeBytes, chunkBytes, runs, seed, direction, rows, environment } = document;
  return [
    "dmacopy bench",
    ...placeOf(environment),
    "--rows",
    rows.map(({ id }) => id).join(","),
    `--size ${sizeBytes / 1024}KiB`,
    `--chunk ${chunkBytes / 1024}KiB --runs ${runs} --seed ${seed} --direction ${direction}`,
    "--html FILE.html",
  ].join(" ");
}

/** The options for the place of the measurement that are not the defaults. */
function placeOf({ kernel, clock, device }: BenchDocument["environment"]): string[] {
  const [, base, variant] = LAB_KERNEL.exec(kernel) ?? [];
  if (device === null && variant === undefined) return ["--host", "--file", "FILE"];
  return [
    ...(base === undefined || base === "6.12" ? [] : ["--base", base]),
    ...(variant === undefined || variant === "patched" ? [] : ["--kernel", variant]),
    ...(clock === "model" ? [] : ["--clock", clock]),
    ...(device === null ? [] : [
      "--device-bandwidth",
      `${Math.round(device.bytesPerSecond / 2 ** 20)}MiB`,
      "--device-latency",
      String(device.latencyUs),
    ]),
  ];
}

function glossary(): string {
  const entries = GLOSSARY.map(([term, meaning]) =>
    `<dt>${escaped(term)}</dt><dd>${escaped(meaning)}</dd>`
  );
  return `<dl>\n${entries.join("\n")}\n</dl>`;
}

function agreement(document: BenchDocument): string {
  const found = rankAgreement(document);
  return found === null ? "" : `<p>${escaped(found)}</p>`;
}

/** One page with everything: conditions, chart beside the letter's, table. It needs no network. */
export async function renderHtml(document: BenchDocument): Promise<string> {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>dmacopy bench, ${escaped(document.environment.date)}</title>
<style>${style}</style>
</head>
<body>
<h1>dmacopy bench</h1>
<ul>
${conditions(document).map((line) => `<li>${escaped(line)}</li>`).join("\n")}
</ul>
<h2>Time by row</h2>
${await charts(document)}
${agreement(document)}
<h2>Figures</h2>
${tableOf(document)}
<h2>Words</h2>
${glossary()}
<h2>To make this page again</h2>
<p><code>${escaped(commandOf(document))}</code></p>
</body>
</html>
`;
}
