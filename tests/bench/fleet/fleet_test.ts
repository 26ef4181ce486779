import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  type Group,
  readFleet,
  renderFleet,
  renderSpread,
  resultsQuery,
} from "../../../bench/fleet/mod.ts";
import { openDatabase } from "../../../bench/fleet/database.ts";
import { groupsQuery } from "../../../bench/fleet/query.ts";
import { type BenchDocument, letterDocument } from "../../../bench/mod.ts";
import type { Environment } from "../../../bench/mod.ts";
import { documentOf, row } from "../_fixtures.ts";
import { fleetResults, regression } from "./_results.ts";

/** Rates around which results lie, MB/s for 1 GiB. */
const BYTES = 2 ** 30;

function result(MBps: number, environment: Partial<Environment> = {}): BenchDocument {
  const document = documentOf(new Map([[row(22), [BYTES / 1e3 / MBps]]]), { runs: 1 });
  return { ...document, environment: { ...letterDocument.environment, ...environment } };
}

/** Runs with results in a folder, by their files' names. */
async function withFiles(
  files: Readonly<Record<string, unknown>>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      const text = typeof content === "string" ? content : JSON.stringify(content);
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function numbered(documents: readonly unknown[], prefix = ""): Record<string, unknown> {
  return Object.fromEntries(documents.map((it, index) => [`${prefix}${index}.json`, it]));
}

const seven = [100, 101, 102, 103, 104, 105, 106];

Deno.test("readFleet() gives medians, intervals by ranks and verdicts between kernels", () =>
  withFiles({
    ...numbered(seven.map((MBps) => result(MBps, { kernel: "6.12.1" })), "a"),
    ...numbered(seven.map((MBps) => result(MBps * 2, { kernel: "7.3.0" })), "b"),
    ...numbered(seven.map((MBps) => result(MBps, { kernel: "7.4.0" })), "c"),
    ...numbered([result(300, { kernel: "7.5.0" })], "d"),
  }, async (folder) => {
    const { groups, files, by } = await readFleet([`${folder}/*.json`], { by: ["kernel"] });
    assertEquals([files, by], [22, ["kernel"]]);
    const figures = (
      { kernel, n, median, low, high, verdict }: Group,
    ) => [kernel, n, ...[median, low, high].map((it) => it && Math.round(it)), verdict];
    assertEquals(groups.map(figures), [
      ["6.12.1", 7, 103, 100, 106, null],
      ["7.3.0", 7, 206, 200, 212, "faster"],
      ["7.4.0", 7, 103, 100, 106, "no difference"],
      ["7.5.0", 1, 300, null, null, null],
    ]);
    const previous = await readFleet([`${folder}/*.json`], { by: ["kernel"], previous: true });
    assertEquals(previous.groups.map(({ against, verdict }) => [against, verdict]), [
      [null, null],
      ["6.12.1", "faster"],
      ["7.3.0", "slower"],
      ["7.4.0", null],
    ]);
  }));

Deno.test("renderSpread() has how far results lie apart, in times for 1 GiB", () => {
  const boot = (ms: number, createMs: number, sizeBytes = BYTES) => {
    const document = documentOf(new Map([[row(22), [ms]]]));
    const [measured] = document.rows;
    return { ...document, sizeBytes, rows: [{ ...measured, createMs }] };
  };
  const half = boot(126, 10, BYTES / 2);
  return withFiles(numbered([boot(250, 20), boot(251, 21), half]), async (folder) => {
    const text = renderSpread(await readFleet([`${folder}/*.json`]));
    assertMatch(text, /^ +22 +3 +251\.0 +2\.00 +0\.80 +20\.0 +1\.00 +5\.00$/m);
  });
});

Deno.test("readFleet() groups by what differs, and names what is mixed and what lies apart", () =>
  withFiles({
    ...numbered(seven.map((MBps) => result(MBps, { filesystem: "ext4" })), "a"),
    ...numbered(seven.map((MBps) => result(MBps, { filesystem: "xfs" })), "b"),
    "far.json": result(1000, { filesystem: "xfs" }),
  }, async (folder) => {
    const fleet = await readFleet([`${folder}/*.json`]);
    assertEquals(fleet.by, ["filesystem"]);
    assertEquals(fleet.outliers.map(({ file }) => file), [`${folder}/far.json`]);
    assert(renderFleet(fleet).includes(`Outlier - row 22 of ${folder}/far.json: 1000 MB/s`));
    const apart = await readFleet([`${folder}/*.json`], { by: ["base"] });
    assertEquals([apart.by, apart.mixed], [["base", "filesystem"], []]);
  }));

Deno.test("readFleet() compares only under equal conditions, and names what else is mixed", () =>
  withFiles({
    ...numbered(seven.map((MBps) => result(MBps, { kernel: "6.12.1", filesystem: "xfs" })), "a"),
    ...numbered(seven.map((MBps) => result(MBps * 2, { kernel: "6.12.1" })), "b"),
    // More results of the slow filesystem: pooled, this kernel would seem slower.
    ...numbered(
      [...seven, ...seven].map((MBps) => result(MBps, { kernel: "6.12.2", filesystem: "xfs" })),
      "c",
    ),
    ...numbered(seven.map((MBps) => result(MBps * 2, { kernel: "6.12.2" })), "d"),
  }, async (folder) => {
    const { by, groups, mixed } = await readFleet([`${folder}/*.json`], { by: ["kernel"] });
    assertEquals([by, mixed], [["kernel", "filesystem"], []]);
    assertEquals(groups.map(({ kernel, verdict }) => [kernel, verdict]), [
      ...[["6.12.1", null], ["6.12.2", "no difference"]],
      ...[["6.12.1", null], ["6.12.2", "no difference"]],
    ]);
    const base = await readFleet([`${folder}/*.json`], { by: ["base"] });
    assertEquals(base.mixed, [{ name: "kernel", values: ["6.12.1", "6.12.2"] }]);
  }));

Deno.test("readFleet() orders kernels by their versions, and commits by their dates", () =>
  withFiles({
    ...numbered(seven.map((MBps) => result(MBps, { kernel: "6.9.1", commit: "f" })), "a"),
    ...numbered(
      seven.map((MBps) =>
        result(MBps / 2, { kernel: "6.12.1", commit: "a", date: "2027-01-01T00:00:00Z" })
      ),
      "b",
    ),
  }, async (folder) => {
    const files = [`${folder}/*.json`];
    const kernels = await readFleet(files, { by: ["kernel"], previous: true });
    assertEquals(kernels.groups.map(({ kernel }) => kernel), ["6.9.1", "6.12.1"]);
    const commits = await readFleet(files, { by: ["commit"], previous: true });
    // Different bases are not compared.
    assertEquals(commits.groups.map(({ verdict }) => verdict), [null, null]);
    const both = await readFleet(files, { by: ["commit", "base"], previous: true });
    assertEquals(both.by, ["commit", "base"]);
  }));

Deno.test("readFleet() finds the month and the kernel of a regression, and nothing else", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dmacopy-test-" });
  try {
    for await (const { name, text } of fleetResults(360, { sources: ["throughput"] })) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const fleet = await readFleet([`${folder}/*.json`], { by: ["month"], previous: true });
    const slower = fleet.groups.filter(({ verdict }) => verdict === "slower");
    assertEquals(fleet.skipped, []);
    assert(slower.length > 0);
    for (const { row, base, month } of slower) {
      assertEquals([row, base, month], [`${regression.row}`, "7.3", regression.date.slice(0, 7)]);
    }
    assertMatch(
      renderFleet(fleet),
      /^Slower - row 22, 7\.3: 2026-07 has 0\.[78]\d × the rate of 2026-06$/m,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readFleet() reads every age, and sweeps point by point", () =>
  withFiles({
    "now.json": result(100),
    "1.json": { ...result(100, { architecture: undefined! }), schema: "dmacopy-bench-1" },
    "sweep-1.json": { schema: "dmacopy-sweep-1", points: [result(100), result(100)] },
    "sweep-2.json": {
      ...{ schema: "dmacopy-sweep-2", plan: null, shard: null },
      points: [result(100)],
    },
    "empty.json": { schema: "dmacopy-sweep-2", plan: null, shard: null, points: [] },
    "arm.json": {
      ...result(100, { cpu: "aarch64", architecture: undefined! }),
      schema: "dmacopy-bench-1",
    },
  }, async (folder) => {
    const { groups, skipped } = await readFleet([`${folder}/*.json`], { by: ["architecture"] });
    assertEquals(skipped, []);
    // Of version 1 the letter's phone passes for an x86-64, as its cpu has a name.
    assertEquals(
      groups.map(({ architecture, n }) => [architecture, n]),
      [
        ["aarch64", 5],
        ["x86_64", 1],
      ].toSorted(),
    );
  }));

const wrong = { ...result(100), rows: [{ ...result(100).rows[0], ioMs: "fast" }] };
const damaged: Record<string, [unknown, RegExp]> = {
  "cut.json": [JSON.stringify(result(100)).slice(0, 300), /it is not JSON/],
  "empty.json": ["", /it is not JSON/],
  "list.json": ["[1]", /the document must be an object/],
  "other.json": ["{}", /it has no schema/],
  "later.json": [{ ...result(100), schema: "dmacopy-bench-9" }, /its schema is "dmacopy-bench-9"/],
  "row.json": [wrong, /rows\[0\]\.ioMs must be a number/],
  "no-clock.json": [result(100, { clock: undefined! }), /environment\.clock must be/],
  "point.json": [
    { schema: "dmacopy-sweep-1", points: [result(100), wrong] },
    /points\[1\]\.rows\[0\]\.ioMs must be a number/,
  ],
};
for (const [name, [content, reason]] of Object.entries(damaged)) {
  Deno.test(`readFleet() skips the damaged ${name}, and says why`, () =>
    withFiles({ ...numbered([result(100), result(100)]), [name]: content }, async (folder) => {
      const { skipped, files, groups } = await readFleet([`${folder}/*.json`]);
      assertEquals([files, groups[0]!.n, skipped.length], [2, 2, 1]);
      assertEquals(skipped[0]!.file, `${folder}/${name}`);
      assert(reason.test(skipped[0]!.reason), skipped[0]!.reason);
    }));
}

Deno.test("readFleet() takes names with quotes, and says when nothing matches", () =>
  withFiles({ "it's.json": result(100) }, async (folder) => {
    assertEquals((await readFleet([`${folder}/it's.json`])).files, 1);
    await assertRejects(() => readFleet([`${folder}/no*.json`]), RangeError, "no file matches");
  }));

Deno.test("readFleet() writes Parquet, and its query is one for any DuckDB", () =>
  withFiles(numbered(seven.map((MBps) => result(MBps))), async (folder) => {
    const parquet = `${folder}/fleet.parquet`;
    await readFleet([`${folder}/*.json`], { parquet });
    using database = await openDatabase();
    const sum = "select count(*)::int as n, round(sum(mb_per_s))::int as total from";
    assertEquals(await database.query(`${sum} '${parquet}'`), [{ n: 7, total: 721 }]);
    assertEquals(await database.query(`${sum} (${resultsQuery([`${folder}/*.json`])})`), [
      { n: 7, total: 721 },
    ]);
  }));

/** P(X <= k) for X of n fair coins. */
function binomial(k: number, n: number): number {
  let [term, sum] = [0.5 ** n, 0];
  for (let i = 0; i <= k; i++) {
    sum += term;
    term *= (n - i) / (i + 1);
  }
  return sum;
}

Deno.test("the interval of a median covers it in at least 95 % of all draws", async () => {
  using database = await openDatabase();
  await database.query(`create table results as
    select null as problem, n::varchar as row, 'read' as direction, 'wall' as clock, 1.0 as io_ms,
      1.0 as create_ms, 1.0 as size_bytes, true as verified, unnest(range(1, n + 1))::double as mb_per_s
    from unnest(range(6, 400)) as t(n)`);
  for (const { n, low, high } of await database.query<Group>(groupsQuery([]))) {
    assertEquals(high, n + 1 - low!);
    assert(1 - 2 * binomial(low! - 1, n) >= 0.95, `${n}: ${low}`);
  }
});
