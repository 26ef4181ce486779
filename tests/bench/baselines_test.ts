import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import {
  BaselineError,
  DocumentError,
  letterDocument,
  listBaselines,
  loadBaseline,
  parseDocument,
  renderJson,
  saveBaseline,
} from "../../bench/mod.ts";
import { documentOf, row } from "./_fixtures.ts";

const document = documentOf(new Map([[row(1), [1000, 1001, 999]], [row(22), [250, 251, 249]]]));

/** Runs with an empty folder for the user's data. */
async function withDataHome(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  const before = Deno.env.get("XDG_DATA_HOME");
  Deno.env.set("XDG_DATA_HOME", folder);
  try {
    await test(folder);
  } finally {
    if (before === undefined) Deno.env.delete("XDG_DATA_HOME");
    else Deno.env.set("XDG_DATA_HOME", before);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("saveBaseline() and loadBaseline() keep a document by name", () =>
  withDataHome(async (folder) => {
    assertEquals(listBaselines(), ["letter"]);
    const path = await saveBaseline("mine", document);
    assertEquals(path, `${folder}/dmacopy/baselines/mine.json`);
    await saveBaseline("a.b-1", document);
    assertEquals(await loadBaseline("mine"), document);
    assertEquals(await loadBaseline(path), document);
    assertEquals(listBaselines(), ["letter", "a.b-1", "mine"]);
  }));

Deno.test("loadBaseline() has the letter built in", async () => {
  assertEquals(await loadBaseline("letter"), letterDocument);
});

for (const name of ["letter", "../up", "", ".hidden", "a b", "a/b"]) {
  Deno.test(`saveBaseline() refuses the name "${name}"`, () =>
    withDataHome(async () => {
      await assertRejects(() => saveBaseline(name, document), BaselineError, `"${name}"`);
      assertEquals(listBaselines(), ["letter"]);
    }));
}

Deno.test("loadBaseline() says which baselines there are", () =>
  withDataHome(async () => {
    await saveBaseline("mine", document);
    await assertRejects(
      () => loadBaseline("yours"),
      BaselineError,
      'no baseline "yours"; known are letter, mine',
    );
    await assertRejects(() => loadBaseline("gone.json"), BaselineError, "no such file: gone.json");
    await assertRejects(() => loadBaseline("/tmp"), BaselineError, "/tmp is a folder: name a file");
  }));

Deno.test("loadBaseline() says what is wrong with a foreign file", () =>
  withDataHome(async (folder) => {
    await Deno.writeTextFile(`${folder}/x.json`, "{}");
    await assertRejects(() => loadBaseline(`${folder}/x.json`), DocumentError, "x.json is not");
  }));

Deno.test("parseDocument() reads what renderJson() wrote", () => {
  assertEquals(parseDocument(renderJson(document), "a.json"), document);
  assertEquals(parseDocument(renderJson(letterDocument), "a.json"), letterDocument);
});

type Json = Record<string, unknown>;
const wrong: [string, (document: Json) => unknown, RegExp][] = [
  ["a list", () => [], /the document must be an object/],
  [
    "another schema",
    (it) => ({ ...it, schema: "x-2" }),
    /its schema is "x-2", and this version reads/,
  ],
  ["no rows", (it) => ({ ...it, rows: undefined }), /rows must be a list/],
  ["a negative size", (it) => ({ ...it, sizeBytes: -1 }), /sizeBytes must be a number from/],
  ["a null row", (it) => ({ ...it, rows: [null] }), /rows\[0\] must be an object/],
  [
    "a time of text",
    (it) => ({ ...it, rows: [{ ...document.rows[0], ioMs: "fast" }] }),
    /rows\[0\]\.ioMs must be a number from/,
  ],
  [
    "an unknown buffer",
    (it) => ({ ...it, rows: [document.rows[0], { ...document.rows[1], buffer: "floppy" }] }),
    /rows\[1\]\.buffer must be one of "memfd"/,
  ],
  [
    "escape sequences",
    (it) => ({ ...it, environment: { ...document.environment, cpu: "\u001b[2J" } }),
    /environment\.cpu must be a string of printable characters/,
  ],
  [
    "a sample without evidence",
    (it) => ({ ...it, rows: [{ ...document.rows[0], samples: [{ round: 1 }] }] }),
    /rows\[0\]\.samples\[0\]\.createMs must be a number/,
  ],
];
for (const [what, change, message] of wrong) {
  Deno.test(`parseDocument() refuses ${what}, in one line`, () => {
    const text = JSON.stringify(change(JSON.parse(renderJson(document))));
    const error = assertThrows(() => parseDocument(text, "a.json"), DocumentError);
    assertMatch(error.message, message);
    assertMatch(error.message, /^a\.json is not a bench result: [^\n]*$/);
  });
}

Deno.test("parseDocument() refuses what is not JSON", () => {
  assertThrows(() => parseDocument("<html>", "a.json"), DocumentError, "it is not JSON");
});
