import { assert } from "@std/assert";
import { readNotebook } from "../../notebooks/runner/notebook.ts";
import { page, picturesOf } from "../../notebooks/runner/page.ts";

const FOLDER = new URL("../../notebooks/", import.meta.url).pathname;

Deno.test("the committed pages have all the pictures of their notebooks", async () => {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => name.endsWith(".ipynb"));
  for (const name of names) {
    const html = await Deno.readTextFile(FOLDER + name.replace(".ipynb", ".html"));
    const pictures = picturesOf(await readNotebook(FOLDER + name));
    assert(pictures.every((picture) => html.includes(picture)), name);
  }
});

Deno.test("page() needs nothing from elsewhere", () => {
  const html = page("A & B", "<p>text</p>");
  assert(html.includes("<title>A &amp; B</title>"));
  assert(!/src=|<link|<script|@import|url\(/.test(html));
});
