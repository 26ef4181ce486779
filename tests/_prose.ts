/** A sentence or paragraph of a file. */
export interface Prose {
  /** The number of its first line; in a notebook that of the cell. */
  line: number;
  text: string;
}

/** Text between backticks is code. */
function withoutCode(text: string): string {
  return text.replaceAll(/`[^`]*`/g, "").replaceAll(/\{@\w+ [^}]*\}/g, "");
}

/** A line of prose, and whether it begins a sentence or paragraph whatever comes before. */
interface Line {
  text: string;
  begins: boolean;
}

/** Joins lines that belong together; null, and an empty line, end a run of them. */
function joinRuns(lines: readonly (Line | null)[]): Prose[] {
  const found: Prose[] = [];
  let open = false;
  for (const [index, line] of lines.entries()) {
    if (line === null || line.text === "") {
      open = false;
      continue;
    }
    if (open && !line.begins) found.at(-1)!.text += ` ${line.text}`;
    else found.push({ line: index + 1, text: line.text });
    open = true;
  }
  return found.map(({ line, text }) => ({ line, text: withoutCode(text).trim() }))
    .filter(({ text }) => text !== "");
}

const BULLET = /^([-*|>]|\d+\.)\s*/;

function paragraphs(text: string): Prose[] {
  let fenced = false;
  const lines = text.split("\n").map((line) => {
    if (line.trimStart().startsWith("```")) {
      fenced = !fenced;
      return null;
    }
    const content = line.trim();
    return fenced ? null : { text: content, begins: BULLET.test(content) || content[0] === "#" };
  });
  return joinRuns(lines).map(({ line, text }) => ({
    line,
    text: text.replace(/^#+ /, "").replace(BULLET, ""),
  }));
}

/** Comments in blocks, and those that `mark` finds at the end of a line or on a line of their own. */
function comments(text: string, mark: RegExp): Prose[] {
  let inBlock = false;
  let fenced = false;
  // Whether the next line begins a comment in any case.
  let ended = true;
  const lines = text.split("\n").map((line) => {
    const startsBlock = /^\s*\/\*/.test(line);
    inBlock ||= startsBlock;
    const [all = "", trailing] = inBlock ? [] : mark.exec(line) ?? [];
    const content = inBlock
      ? line.replace(/^\s*(\/\*\*?|\*(?!\/))\s?/, "").replace(/\s*\*\/.*$/, "").trim()
      : trailing;
    const isBeside = trailing !== undefined && line.trim() !== all.trim();
    const begins = ended || startsBlock || isBeside ||
      /^@(returns|throws|param)/.test(content ?? "");
    ended = isBeside || (inBlock && line.includes("*/"));
    if (ended) inBlock = false;
    if (content?.startsWith("```")) fenced = !fenced;
    if (content === undefined || fenced || /^(```|deno-|@ts-|SPDX|!)/.test(content)) return null;
    const tag = /^@(returns|throws|param|default)\b( \{\w+\})?( [\w.]+(?= ))?/;
    return { text: content.replace(tag, "").trim(), begins };
  });
  return joinRuns(lines);
}

/** The lines of a manual page, without its macros. */
function manualPage(text: string): Prose[] {
  return text.split("\n").map((line, index) => ({ line: index + 1, text: line }))
    .filter(({ text }) => /^[^.']/.test(text));
}

/** The message of a patch, and the comments in the lines that it adds. */
function patch(text: string): Prose[] {
  const [message = "", diff = ""] = text.split("\n---\n");
  const body = message.split("\n").map((line) => /^(From |Date:|Cc:|Link:)/.test(line) ? "" : line);
  const added = diff.split("\n").map((line) => /^\+(?!\+\+ )/.test(line) ? line.slice(1) : "");
  const first = body.length + 1;
  return [
    ...paragraphs(body.join("\n")),
    ...comments(added.join("\n"), /$^/).map(({ line, text }) => ({ line: first + line, text })),
  ];
}

/** Texts of several words in code: what it prints, mostly. */
export function stringsOf(text: string): Prose[] {
  return text.split("\n").flatMap((line, index) =>
    [...line.matchAll(/"([^"\\]* [^"\\]*)"|`([^`]* [^`]*)`/g)]
      .map(([, plain, template]) => ({ line: index + 1, text: (plain ?? template)! }))
  );
}

/** The prose of a file by its name: paragraphs, markdown cells, lines, comments or messages. */
export function proseOf(file: string, text: string): Prose[] {
  if (file.endsWith(".md")) return paragraphs(text);
  if (file.endsWith(".1")) return manualPage(text);
  if (file.endsWith(".patch")) return patch(text);
  if (file.endsWith(".ipynb")) {
    const { cells } = JSON.parse(text) as { cells: { cell_type: string; source: string[] }[] };
    return cells.flatMap(({ cell_type, source }, index) =>
      cell_type === "markdown"
        ? paragraphs(source.join("")).map(({ text }) => ({ line: index + 1, text }))
        : []
    );
  }
  const mark = /\.(ts|c|h)$/.test(file) ? /(?:^|[\s;,{}()])\/\/ (.*)$/ : /(?:^|\s)#:? (.*)$/;
  return comments(text, mark);
}
