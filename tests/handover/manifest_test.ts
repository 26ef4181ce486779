import { assert, assertEquals } from "@std/assert";
import { loadFile, manifestOf } from "dmacopy";
import { parseManifest } from "../../handover/manifest.ts";
import schema from "../../docs/manifest.schema.json" with { type: "json" };

const PAGE = new URL("../../docs/manifest.md", import.meta.url);

/** The part of JSON Schema that this schema uses. */
interface Schema {
  $ref?: string;
  const?: unknown;
  enum?: unknown[];
  type?: string | string[];
  minimum?: number;
  maximum?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

const KNOWN = ["$ref", "const", "enum", "type", "minimum", "maximum", "required", "properties"]
  .concat("items", "description", "$schema", "title", "$defs");
const DEFINITIONS: Record<string, Schema> = schema.$defs;

function typesOf(value: unknown): string[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  return Number.isInteger(value) ? ["integer", "number"] : [typeof value];
}

/** Where `value` isn't as `rule` has it. */
function* faults(value: unknown, rule: Schema, at = "manifest"): Generator<string> {
  for (const key of Object.keys(rule)) assert(KNOWN.includes(key), `the test ignores ${key}`);
  if (rule.$ref) yield* faults(value, DEFINITIONS[rule.$ref.split("/").at(-1)!]!, at);
  if ("const" in rule && value !== rule.const) yield at;
  if (rule.enum && !rule.enum.includes(value)) yield at;
  if (rule.type && !typesOf(value).some((type) => [rule.type].flat().includes(type))) yield at;
  if (Number(value) < (rule.minimum ?? -Infinity)) yield at;
  if (Number(value) > (rule.maximum ?? Infinity)) yield at;
  if (Array.isArray(value) && rule.items) {
    for (const [i, item] of value.entries()) yield* faults(item, rule.items, `${at}[${i}]`);
  } else if (typeof value === "object" && value !== null) {
    const fields = value as Record<string, unknown>;
    for (const name of rule.required ?? []) if (!(name in fields)) yield `${at}.${name}`;
    for (const [name, inner] of Object.entries(rule.properties ?? {})) {
      if (name in fields) yield* faults(fields[name], inner, `${at}.${name}`);
    }
  }
}

/** A manifest as it is sent, of this file with a tensor in it. */
async function sent() {
  const path = new URL(import.meta.url).pathname;
  using file = await loadFile(path, { to: "memfd" });
  const place = { path, offset: 8n, bufferOffset: 8n, bytes: 16n };
  const text = JSON.stringify(manifestOf([file], [
    { ...place, name: "blk.0.q", dtype: "F32", shape: [4] },
  ]));
  return JSON.parse(text);
}

// Once, before any test: it opens the shim, which stays open.
const SENT = await sent();

Deno.test("a manifest is as its schema says, and has no field that the schema lacks", () => {
  const manifest = SENT;
  assertEquals([...faults(manifest, schema)], []);
  const [buffer] = manifest.buffers;
  const part = buffer.layout.at(-1);
  const { buffer: ofBuffer, part: ofPart, tensor: ofTensor } = DEFINITIONS;
  for (
    const [value, rule] of [
      [manifest, schema],
      [buffer, ofBuffer],
      [part, ofPart],
      [part.tensor, ofTensor],
    ] as [object, Schema][]
  ) {
    assertEquals(Object.keys(value).sort(), Object.keys(rule.properties!).sort());
  }
});

Deno.test("the schema and the reader refuse the same manifests", () => {
  const wrong: [string, (manifest: typeof SENT) => void][] = [
    ["manifest.dmacopy", (manifest) => manifest.dmacopy = 2],
    ["manifest.buffers", (manifest) => delete manifest.buffers],
    ["manifest.buffers[0].kind", ({ buffers: [buffer] }) => buffer.kind = "pipe"],
    ["manifest.buffers[0].bytes", ({ buffers: [buffer] }) => buffer.bytes = -1],
    ["manifest.buffers[0].bytes", ({ buffers: [buffer] }) => buffer.bytes = 0.5],
    ["manifest.buffers[0].capacityBytes", ({ buffers: [b] }) => b.capacityBytes = 2 ** 53],
    ["manifest.buffers[0].xxh64", ({ buffers: [buffer] }) => delete buffer.xxh64],
    ["manifest.buffers[0].verified", ({ buffers: [buffer] }) => buffer.verified = null],
    ["manifest.buffers[0].layout[0].path", ({ buffers: [buffer] }) => delete buffer.layout[0].path],
    ["manifest.buffers[0].cpuSync", ({ buffers: [buffer] }) => buffer.cpuSync = "yes"],
    ["manifest.buffers[0].pinned", ({ buffers: [buffer] }) => buffer.pinned = 1],
    ["manifest.buffers[0].layout[0].alignBytes", ({ buffers: [b] }) => b.layout[0].alignBytes = -1],
    [
      "manifest.buffers[0].layout[1].tensor.shape[0]",
      ({ buffers: [buffer] }) => buffer.layout[1].tensor.shape[0] = "4",
    ],
  ];
  for (const [at, spoil] of wrong) {
    const manifest = structuredClone(SENT);
    spoil(manifest);
    assertEquals([...faults(manifest, schema)], [at]);
    let refused = false;
    try {
      parseManifest(JSON.stringify(manifest));
    } catch (error) {
      refused = error instanceof TypeError;
    }
    assert(refused, at);
  }
});

Deno.test("a manifest tells importers how a tensor lies, and what a memfd needs not", () => {
  const { buffers: [{ cpuSync, pinned, layout }] } = SENT;
  assertEquals([cpuSync, pinned], [false, false]);
  const [file, tensor] = layout;
  assertEquals([file.bufferOffset, file.alignBytes % 4096], [0, 0]);
  assertEquals([tensor.bufferOffset, tensor.alignBytes], [8, 8]);
});

Deno.test("a reader ignores fields of a manifest that it doesn't know", () => {
  const manifest = structuredClone(SENT);
  manifest.later = 1;
  manifest.buffers[0].later = manifest.buffers[0].layout[1].tensor.later = { x: [null] };
  assertEquals([...faults(manifest, schema)], []);
  assertEquals(parseManifest(JSON.stringify(manifest)).buffers.length, 1);
});

Deno.test("the page about the manifest names every field of the schema", async () => {
  const text = await Deno.readTextFile(PAGE);
  const named = [...text.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
  const all = [schema as Schema, ...Object.values(DEFINITIONS)]
    .flatMap(({ properties }) => Object.keys(properties ?? {}));
  assertEquals(named.sort(), all.sort());
});
