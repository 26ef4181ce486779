import { joined, type Notebook, type Output } from "./notebook.ts";

const SVG = "image/svg+xml";

const style = `
:root { color-scheme: light dark; --text: #1b1b1b; --back: #fff; --faint: #f5f5f5; --line: #ddd;
  --keyword: #7b3ea8; --string: #23694a; --comment: #6a6a6a; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e4e4; --back: #16181c; --faint: #22252b;
  --line: #3a3e46; --keyword: #c9a2ee; --string: #8fd0ae; --comment: #9a9a9a; --link: #7db8f5; } }
body { font: 16px/1.55 system-ui, sans-serif; margin: 2rem auto; max-width: 68rem; padding: 0 1rem;
  color: var(--text); background: var(--back); }
h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; }
a { color: var(--link); } .anchor-link, .prompt { display: none; }
pre { font: 13px/1.45 ui-monospace, monospace; overflow-x: auto; margin: 0; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
.input_area { background: var(--faint); border: 1px solid var(--line); border-radius: 4px;
  padding: .5rem .8rem; margin: .8rem 0; }
.output_subarea { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: .2rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { vertical-align: bottom; } td[style*=right], td:first-child { white-space: nowrap; }
svg { max-width: 100%; height: auto; }
.highlight .k, .highlight .kr, .highlight .kd { color: var(--keyword); }
.highlight .s1, .highlight .s2, .highlight .sb { color: var(--string); }
.highlight .c1, .highlight .cm { color: var(--comment); }
`;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function pictureOf({ data }: Output): string | undefined {
  return data?.[SVG] === undefined ? undefined : joined(data[SVG]);
}

/** The pictures of a notebook's outputs, as SVG. */
export function picturesOf({ cells }: Notebook): string[] {
  return cells.flatMap(({ outputs = [] }) => outputs.map(pictureOf))
    .filter((picture) => picture !== undefined);
}

/** The notebook with its pictures as HTML, as nbconvert keeps only the words of SVG. */
export function withPicturesAsHtml(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell) => {
    if (cell.outputs === undefined) return cell;
    const outputs = cell.outputs.map((output) => {
      const picture = pictureOf(output);
      return picture === undefined ? output : { ...output, data: { "text/html": picture } };
    });
    return { ...cell, outputs };
  });
  return { ...notebook, cells };
}

/** A page that needs no network, for light and for dark screens. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
${body.trim()}
</body>
</html>
`;
}
