// What people read is in plain language: these phrases have to be decoded, or are not idiomatic.
import { assertEquals } from "@std/assert";
import { type Prose, proseOf, stringsOf } from "./_prose.ts";
import { works } from "./_works.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** Phrases to avoid, and better ones. */
const RULES: readonly { phrase: RegExp; better: string }[] = [
  { phrase: /^(What|Who|Whose|Whom|Whoever|Whatever)\b[^?]*$/, better: "name the thing" },
  { phrase: /^Of (the|a|an|all|its|every|this)\b[^,]*$/, better: "name the thing" },
  { phrase: /(?<!\b[Tt]here )\bis no (?!longer\b|more than\b)/, better: "is not a …" },
  { phrase: /\b(to )?be had\b/, better: "you can get …" },
  { phrase: /(?<!<)\b([Ww]e|[Oo]urs?|us|ourselves)\b(?!>)/, better: "name who it is" },
  { phrase: /\bin the midst\b/, better: "during" },
  { phrase: /\bof one's own\b/, better: "your own" },
  { phrase: /\b[Aa]t hand\b/, better: "current" },
  { phrase: /\bfor want of\b/, better: "for lack of" },
];

const PATTERNS = ["*.md", "*.ts", "*.ipynb", "*.py", "*.c", "*.h", "*.1", "*.patch", "run"];

/** The files whose prose is checked. */
async function files(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", {
    args: ["-C", ROOT, "ls-files", ...PATTERNS],
  }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

function complaints({ text, line }: Prose, file: string): string[] {
  return RULES.filter(({ phrase }) => phrase.test(text))
    .map(({ better }) => `${file}:${line}: "${text.slice(0, 90)}": ${better}`);
}

Deno.test({
  name: "Prose has no phrase that must be decoded",
  // Only Git knows which files are the project's.
  ignore: !works("git", ["-C", ROOT, "rev-parse"]),
  async fn() {
    const found: string[] = [];
    for (const file of await files()) {
      if (file === "tests/words_test.ts") continue;
      const text = await Deno.readTextFile(`${ROOT}${file}`);
      const prints = file.endsWith(".ts") && !file.startsWith("tests/");
      const prose = [...proseOf(file, text), ...prints ? stringsOf(text) : []];
      found.push(...prose.flatMap((each) => complaints(each, file)));
    }
    assertEquals(found, []);
  },
});

Deno.test("stringsOf() finds the texts in code, and no single words", () => {
  assertEquals(stringsOf('const a = "is no b" + `c ${d} e`;\nf("g");\n'), [
    { line: 1, text: "is no b" },
    { line: 1, text: "c ${d} e" },
  ]);
});

Deno.test("proseOf() finds comments, paragraphs and cells, and no code", () => {
  const code = "/** One.\n * Two. */\nconst a = `is no b`; // Three.\n// Four\n// five.\n";
  assertEquals(proseOf("a.ts", code), [
    { line: 1, text: "One. Two." },
    { line: 3, text: "Three." },
    { line: 4, text: "Four five." },
  ]);
  const page = "# Head\n\nA line\nand `is no code`.\n\n```sh\nwe\n```\n\n- One\n- Two\n";
  assertEquals(proseOf("a.md", page).map(({ text }) => text), [
    ...["Head", "A line and .", "One", "Two"],
  ]);
  const patch = "From 0\nSubject: [PATCH] a: b\n\nWords\nhere.\n---\n a | 1 +\n@@ -1 +1,2 @@\n" +
    " /* Old. */\n+/* New\n+ * text. */\n+code();\n";
  assertEquals(proseOf("a.patch", patch), [
    { line: 2, text: "Subject: [PATCH] a: b" },
    { line: 4, text: "Words here." },
    { line: 10, text: "New text." },
  ]);
  const cells = { cells: [{ cell_type: "markdown", source: ["Words\n"] }, { cell_type: "code" }] };
  assertEquals(proseOf("a.ipynb", JSON.stringify(cells)), [{ line: 1, text: "Words" }]);
});
