// ARCHITECTURE.md's table against what every module of the tree imports, types included.
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("..", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

/** Circles that are known, each as its files in order: none may come, and all have to go. */
const KNOWN_CIRCLES: string[] = [];

/** The modules that each module imports by a relative path, by their paths from the root. */
type Imports = ReadonlyMap<string, readonly string[]>;

interface Graph {
  modules: { specifier: string; error?: string; dependencies?: Dependency[] }[];
}

interface Dependency {
  /** As it is written. */
  specifier: string;
  code?: { specifier: string };
  type?: { specifier: string };
}

/** Every module in the tree, but not what Deno and its caches keep there. */
function modules(folder = ""): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) => {
    if (name.startsWith(".") || name === "node_modules") return [];
    if (isDirectory) return modules(`${folder}${name}/`);
    return name.endsWith(".ts") ? [folder + name] : [];
  });
}

/** The imports of modules, as Deno itself finds them. */
async function findImports(paths: readonly string[]): Promise<Imports> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const lines = paths.map((path) => `import ${JSON.stringify(new URL(path, ROOT).href)};`);
    await Deno.writeTextFile(entry, lines.join("\n"));
    const config = new URL("deno.json", ROOT).pathname;
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", config, entry],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const graph: Graph = JSON.parse(new TextDecoder().decode(stdout));
    return importsIn(graph);
  } finally {
    await Deno.remove(entry);
  }
}

function importsIn({ modules }: Graph): Imports {
  const local = modules.filter(({ specifier }) =>
    specifier.startsWith(ROOT.href) && specifier.endsWith(".ts")
  );
  return new Map(local.map(({ specifier, error, dependencies = [] }) => {
    assertEquals(error, undefined);
    const targets = dependencies.filter(({ specifier }) => specifier.startsWith("."))
      .flatMap(({ code, type }) => [code, type].flatMap((found) => found?.specifier ?? []))
      .filter((target) => target.endsWith(".ts"));
    return [pathOf(specifier), [...new Set(targets.map(pathOf))]];
  }));
}

function pathOf(specifier: string): string {
  return specifier.slice(ROOT.href.length);
}

/** The rooms of the table, by their paths, and what each may import; null is everything. */
function readTable(text: string): Map<string, string[] | null> {
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  return new Map(rows.map((row) => {
    const [, room = "", , uses = ""] = row.split("|").map((cell) => cell.trim());
    const names = uses.split(",").map((name) => name.trim()).filter((name) => name !== "");
    return [room.replaceAll("`", ""), uses === "all" ? null : names];
  }));
}

/** Whether a path lies in a room such as `ffi/`, or is named by `ffi`, `kernel/lab` or `mod.ts`. */
function isIn(path: string, name: string): boolean {
  return path === name || path === `${name}.ts` || path.startsWith(name.replace(/\/?$/, "/"));
}

function roomOf(path: string, rooms: Iterable<string>): string | undefined {
  return [...rooms].filter((room) => isIn(path, room)).sort((a, b) => b.length - a.length)[0];
}

/** Below all others, so that the table need not name it in every row. */
const LOWEST = "base";

/** `bench/a.ts imports ffi/mod.ts`: what the table does not allow. */
function trespasses(imports: Imports, table: Map<string, string[] | null>): string[] {
  return [...imports].flatMap(([path, targets]) => {
    const room = roomOf(path, table.keys());
    if (room === undefined) return [`${path} is in no room`];
    const uses = table.get(room) ?? null;
    const wrong = uses === null
      ? []
      : targets.filter((target) =>
        roomOf(target, table.keys()) !== room &&
        ![LOWEST, ...uses].some((name) => isIn(target, name))
      );
    return wrong.map((target) => `${path} imports ${target}`);
  });
}

/** Sets of files that all reach each other, each as one sorted line. */
function circles(imports: Imports): string[] {
  const reached = new Map([...imports.keys()].map((path) => [path, reach(imports, path)]));
  const found = [...reached].filter(([path, files]) => files.has(path)).map(([path, files]) =>
    [...files].filter((file) => reached.get(file)?.has(path)).sort().join(" ")
  );
  return [...new Set(found)].sort();
}

function reach(imports: Imports, from: string): Set<string> {
  const seen = new Set<string>();
  const next = [from];
  for (let path = next.pop(); path !== undefined; path = next.pop()) {
    for (const target of imports.get(path) ?? []) {
      if (!seen.has(target)) next.push(target);
      seen.add(target);
    }
  }
  return seen;
}

Deno.test("Every room imports only what ARCHITECTURE.md's table allows", async () => {
  const table = readTable(read("ARCHITECTURE.md"));
  const paths = modules();
  const imports = await findImports(paths);
  assertEquals(paths.filter((path) => !imports.has(path)), []);
  assertEquals(trespasses(imports, table), []);
});

Deno.test("ARCHITECTURE.md's table names rooms that exist, and what they use exists, too", () => {
  const table = readTable(read("ARCHITECTURE.md"));
  assert(table.size > 10);
  for (const room of table.keys()) Deno.statSync(new URL(room, ROOT));
  const named = [...table.values()].flatMap((uses) => uses ?? []);
  const paths = modules();
  assertEquals(named.filter((name) => !paths.some((path) => isIn(path, name))), []);
});

Deno.test("No files import each other in a circle", async () => {
  assertEquals(circles(await findImports(modules())), KNOWN_CIRCLES);
});

Deno.test("A trespass and a circle are found where there are some", () => {
  const table = readTable(
    "| `a/` | one | b/in |\n| `b/` | two | |\n| `base/` | low | |\n| `c/` | three | all |",
  );
  const imports: Imports = new Map([
    ["a/x.ts", ["a/y.ts", "b/in.ts", "b/out.ts", "base/x.ts"]],
    ["a/y.ts", ["a/z.ts"]],
    ["a/z.ts", ["a/y.ts"]],
    ["b/in.ts", ["b/out.ts"]],
    ["b/out.ts", []],
    ["base/x.ts", []],
    ["c/x.ts", ["a/x.ts"]],
    ["d.ts", []],
  ]);
  assertEquals(trespasses(imports, table), ["a/x.ts imports b/out.ts", "d.ts is in no room"]);
  assertEquals(circles(imports), ["a/y.ts a/z.ts"]);
});
