import { assert, assertEquals, assertRejects } from "@std/assert";
import { exists } from "../../base/exists.ts";
import { JupyterError } from "../../notebooks/runner/jupyter.ts";
import {
  type Notebook,
  readNotebook,
  withEndedCells,
  writeNotebook,
} from "../../notebooks/runner/notebook.ts";
import { runNotebook } from "../../notebooks/runner/run_notebook.ts";
import { codeCell, displayed, notebookOf } from "./_fixtures.ts";

const whole = notebookOf(codeCell("show()", displayed({ "text/plain": "1" })));
const lossy = notebookOf(codeCell("show()"));
const fresh = notebookOf({ ...codeCell("show()"), execution_count: null });

/**
 * Stands for Jupyter: each execution gives the next of `results`, the last one again and again. Its
 * page is the notebook without what nbconvert would take for SVG.
 */
const JUPYTER = `#!/bin/sh
here=$(dirname "$0")
case "$*" in *"--to html"*) for last; do :; done; grep -v image/svg "$last"; exit ;; esac
while [ "$1" != --output-dir ]; do shift; done
n=$(($(cat "$here/count") + 1))
echo $n >"$here/count"
[ -e "$here/$n.json" ] || n=last
cp "$here/$n.json" "$2/\${3##*/}"
`;

async function withJupyter(
  committed: Notebook,
  results: Notebook[],
  test: (path: string, executions: () => number) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const { PATH = "", XDG_CACHE_HOME } = Deno.env.toObject();
  try {
    await Deno.writeTextFile(`${folder}/jupyter`, JUPYTER, { mode: 0o755 });
    await Deno.writeTextFile(`${folder}/count`, "0");
    for (const [index, result] of results.entries()) {
      writeNotebook(`${folder}/${index + 1}.json`, result);
    }
    writeNotebook(`${folder}/last.json`, results.at(-1)!);
    writeNotebook(`${folder}/a.ipynb`, committed);
    Deno.env.set("PATH", `${folder}:${PATH}`);
    Deno.env.set("XDG_CACHE_HOME", folder);
    await test(`${folder}/a.ipynb`, () => Number(Deno.readTextFileSync(`${folder}/count`)));
  } finally {
    Deno.env.set("PATH", PATH);
    if (XDG_CACHE_HOME === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", XDG_CACHE_HOME);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runNotebook() executes again where the kernel lost output", async () => {
  await withJupyter(whole, [lossy, whole], async (path) => {
    assertEquals(await runNotebook(path, { write: true }), { cells: 1, attempts: 2 });
    assertEquals(await readNotebook(path), withEndedCells(whole));
    const page = await Deno.readTextFile(path.replace("ipynb", "html"));
    assert(page.includes("show()"));
  });
});

Deno.test("runNotebook() leaves the notebook as it is unless it is told to write", async () => {
  await withJupyter(whole, [whole], async (path) => {
    assertEquals(await runNotebook(path), { cells: 1, attempts: 1 });
    assertEquals(await readNotebook(path), whole);
    assert(!exists(path.replace("ipynb", "html")));
  });
});

Deno.test("runNotebook() fails where the output stays another, and changes nothing", async () => {
  await withJupyter(whole, [lossy], async (path, executions) => {
    await assertRejects(() => runNotebook(path), JupyterError, "cell 1 should give");
    assertEquals(executions(), 5);
    assertEquals(await readNotebook(path), whole);
  });
});

Deno.test("runNotebook() trusts what a new cell gives only when it gives it twice", async () => {
  await withJupyter(fresh, [lossy, whole, whole], async (path) => {
    assertEquals(await runNotebook(path, { write: true }), { cells: 1, attempts: 3 });
    assertEquals(await readNotebook(path), withEndedCells(whole));
  });
});

Deno.test("runNotebook() takes another shape where it is told to accept it", async () => {
  await withJupyter(lossy, [whole], async (path) => {
    await assertRejects(() => runNotebook(path), JupyterError, "--accept");
    assertEquals(await runNotebook(path, { write: true, accept: true }), { cells: 1, attempts: 2 });
  });
});

Deno.test("runNotebook() fails at once where a cell throws", async () => {
  const error = { output_type: "error", ename: "Error", evalue: "no data" };
  await withJupyter(whole, [notebookOf(codeCell("show()", error))], async (path, executions) => {
    await assertRejects(() => runNotebook(path), JupyterError, "cell 1 threw Error: no data");
    assertEquals(executions(), 1);
  });
});

Deno.test("runNotebook() writes a page that has the notebook's pictures", async () => {
  const drawn = notebookOf(
    codeCell("show()", displayed({ "image/svg+xml": "<svg><rect/></svg>" })),
  );
  await withJupyter(drawn, [drawn], async (path) => {
    await runNotebook(path, { write: true });
    assert((await Deno.readTextFile(path.replace("ipynb", "html"))).includes("<svg><rect/></svg>"));
    assertEquals(await readNotebook(path), withEndedCells(drawn));
  });
});

Deno.test("runNotebook() fails where the page has lost a picture", async () => {
  // The quotes are escaped in what stands for a page here.
  const svg = '<svg class="a"><rect/></svg>';
  const drawn = notebookOf(codeCell("show()", displayed({ "image/svg+xml": svg })));
  await withJupyter(drawn, [drawn], async (path) => {
    await assertRejects(() => runNotebook(path), JupyterError, "lacks 1 of 1 pictures");
  });
});
