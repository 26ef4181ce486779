import { assert, assertEquals, assertMatch } from "@std/assert";
import { V8_FLAGS } from "../../base/v8_flags.ts";

/** The files that start the command line by themselves; others take the flags from base/v8_flags.ts. */
const LAUNCHERS = ["run", "deno.json", "packaging/launchers/debian", "packaging/launchers/npm"];

Deno.test("all launchers start the command line with the same flags of V8", () => {
  const found = LAUNCHERS.map((path) => {
    const text = Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
    return [
      path,
      ...new Set([...text.matchAll(/--v8-flags=([^\s"\\]+)/g)].map(([, flags]) => flags)),
    ];
  });
  // Deno's cache holds a file's compiled code for one set of flags.
  assertEquals(found, LAUNCHERS.map((path) => [path, V8_FLAGS]));
});

/** Loads many files several times, as a program that goes on does. */
async function traceManyLoads(flags: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    const paths = Array.from({ length: 200 }, (_, i) => `${folder}/${i}`);
    for (const path of paths) Deno.writeFileSync(path, new Uint8Array(4096));
    const child = new URL("_many_loads_child.ts", import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--cached-only", `--v8-flags=${flags}`, child, ...paths],
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

// It took 110 ms of CPU time at 1 GHz from one of the first loads of 200 files.
Deno.test("V8 collects no old garbage during the first loads of many files", async () => {
  const traced = await traceManyLoads(`${V8_FLAGS},--trace-gc`);
  assertMatch(traced, / Scavenge /, "the trace tells of young garbage");
  assertEquals(traced.match(/^.*Mark-Compact.*$/gm), null);
});

Deno.test("V8 knows all flags of the launchers", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["--v8-flags=--help"] })
    .output();
  const known = new TextDecoder().decode(stdout);
  for (const flag of V8_FLAGS.split(",")) {
    const name = flag.replace(/^--(no-)?/, "").replace(/=.*$/, "");
    assert(known.includes(`\n  --${name} (`), `V8 has no flag --${name}`);
  }
});
