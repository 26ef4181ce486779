// Shards of a sweep, measured by guests that are stand-ins.
import { assertEquals, assertMatch } from "@std/assert";
import { documentOf, measuredRows, row } from "../bench/_fixtures.ts";
import { limitRow } from "../../bench/mod.ts";
import { addKernel, canFakeLab, type FakeLab, fakeLab } from "./_fake_lab.ts";
import { dmacopy } from "./_run.ts";

const ignore = !canFakeLab();
const GIB = 2 ** 30;
const SWEEP = [
  ...["bench", "sweep", "--quick", "--rows", "1", "--device-bandwidth", "1,2,3GiB"],
  ...["--guests", "1", "--quiet"],
];

async function sweepLab({ late = false } = {}): Promise<FakeLab> {
  const lab = await fakeLab({ buildSeconds: 0 });
  await addKernel(lab);
  const measured = documentOf(new Map([[row(1), [10]], [limitRow, [5]]]), {
    ...{ runs: 1, seed: 1, sizeBytes: GIB / 4 },
  });
  for (const row of measuredRows(measured)) {
    row.late = late;
    for (const sample of row.samples) sample.late = late;
  }
  await Deno.writeTextFile(lab.env["RESULT"]!, JSON.stringify(measured));
  await Deno.writeTextFile(lab.env["PARTIAL"]!, JSON.stringify({ ...measured, interrupted: true }));
  return lab;
}

Deno.test({
  name: "dmacopy bench sweep --shard goes on where it was killed; merge makes the whole",
  ignore,
  async fn() {
    await using lab = await sweepLab();
    const file = (name: string) => `${lab.folder}/${name}.json`;
    const sweep = (name: string, more: string[] = [], env = {}) =>
      dmacopy([...SWEEP, "--json", file(name), ...more], { env: { ...lab.env, ...env } });
    const clean = { code: 0, stdout: "", stderr: "" };
    assertEquals(await sweep("whole"), clean);
    assertEquals(await sweep("two", ["--shard", "2/2"]), clean);

    // The guest of its second point dies: what the first gave stays.
    const died = await sweep("one", ["--shard", "1/2"], { DIES_AT: `${3 * GIB},100` });
    assertEquals(died.code, 1);
    const merge = () =>
      dmacopy(["bench", "merge", file("one"), file("two"), "--json", file("merged"), "-q"]);
    const half = await merge();
    assertMatch(half.stderr, /^missing: disk 3 GiB\/s \+ 100 µs, chunk 32 MiB, of shard 1\/2$/m);
    assertMatch(half.stderr, /^dmacopy: 1 points? (is|are) missing/m);
    assertEquals(half.code, 1);

    const before = (await lab.marks()).length;
    assertEquals(await sweep("one", ["--shard", "1/2"]), clean);
    assertEquals((await lab.marks()).slice(before), [`measured ${3 * GIB},100`]);
    assertEquals(await sweep("one", ["--shard", "1/2"]), clean);
    assertEquals((await lab.marks()).length, before + 1);
    assertEquals(await merge(), clean);
    assertEquals(
      await Deno.readTextFile(file("merged")),
      await Deno.readTextFile(file("whole")),
    );

    const other = await sweep("one", ["--shard", "2/2"]);
    assertMatch(other.stderr, /^dmacopy: .*one\.json holds another sweep or shard: name another/);
    assertEquals(other.code, 2);

    await Deno.writeTextFile(file("two"), '{"schema":');
    const damaged = await merge();
    assertMatch(damaged.stderr, /^skipped: .*two\.json is not a bench result: it is not JSON$/m);
    assertEquals(damaged.code, 1);
  },
});

Deno.test({
  name:
    "dmacopy bench sweep fails if the disk was late in every run of a row, and keeps the result",
  ignore,
  async fn() {
    await using lab = await sweepLab({ late: true });
    const file = `${lab.folder}/late.json`;
    const { code, stderr } = await dmacopy([...SWEEP, "--json", file], { env: lab.env });
    assertMatch(stderr, /^dmacopy: the modelled disk was late in every run of rows 1, limit, so/m);
    assertEquals(code, 1);
    assertEquals(JSON.parse(await Deno.readTextFile(file)).points.length, 3);
  },
});

Deno.test("dmacopy bench sweep refuses a shard that does not exist", async () => {
  for (const shard of ["0/2", "3/2", "1", "1/0", "a/b"]) {
    const { code, stderr } = await dmacopy([...SWEEP, "--json", "x.json", "--shard", shard]);
    assertMatch(stderr, /^dmacopy: --shard ".*" is not a shard: write 1\/4 for the first of four/);
    assertEquals(code, 2);
  }
  assertMatch((await dmacopy([...SWEEP, "--shard", "1/2"])).stderr, /--shard.*--json/);
});
