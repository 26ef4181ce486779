import { assertEquals } from "@std/assert";

/** The files that start the command line. */
const LAUNCHERS = [
  ...["run", "deno.json", "packaging/launchers/debian", "packaging/launchers/npm"],
  ...["kernel/lab/guest.ts", "cli/bench_copy.ts"],
];

Deno.test("all launchers start the command line with the same flags of V8", () => {
  const found = LAUNCHERS.map((path) => {
    const text = Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
    return [
      path,
      ...new Set([...text.matchAll(/--v8-flags=([^\s"\\]+)/g)].map(([, flags]) => flags)),
    ];
  });
  // Deno's cache holds a file's compiled code for one set of flags.
  assertEquals(found, LAUNCHERS.map((path) => [path, "--min-semi-space-size=8,--no-lazy"]));
});
