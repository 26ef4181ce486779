// Every relative link of the documents and notebooks leads to a file that is there.
import { assert, assertEquals } from "@std/assert";

import { works } from "./_works.ts";

const ROOT = new URL("../", import.meta.url);

async function documents(): Promise<string[]> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "*.md", "*.ipynb"];
  const { stdout } = await new Deno.Command("git", { args, cwd: ROOT }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

/** The text that a reader sees, without code. */
function prose(name: string, text: string): string {
  const markdown = name.endsWith(".ipynb") ? markdownOf(text) : text;
  return markdown.replaceAll(/^```[^]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "");
}

function markdownOf(notebook: string): string {
  const { cells } = JSON.parse(notebook) as { cells: { cell_type: string; source: string[] }[] };
  return cells.flatMap((cell) => cell.cell_type === "markdown" ? [...cell.source, "\n"] : [])
    .join("");
}

Deno.test({
  name: "relative links lead to files",
  // Only Git knows which files are the project's.
  ignore: !works("git", ["-C", ROOT.pathname, "rev-parse"]),
  async fn() {
    const broken: string[] = [];
    let links = 0;
    for (const name of await documents()) {
      const from = new URL(name, ROOT);
      for (
        const [, target = ""] of prose(name, await Deno.readTextFile(from)).matchAll(
          /\]\(([^)\s]+)/g,
        )
      ) {
        if (/^[a-z]+:|^#/.test(target)) continue;
        links++;
        const there = await Deno.stat(new URL(target.replace(/#.*/, ""), from)).catch(() => null);
        if (!there) broken.push(`${name}: ${target}`);
      }
    }
    assertEquals(broken, []);
    assert(links > 0);
  },
});
