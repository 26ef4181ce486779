// The indexed Job's container command, run as its pods do; the guests are stand-ins.
import { assertEquals } from "@std/assert";
import { limitRow } from "../../bench/mod.ts";
import { documentOf, row } from "../bench/_fixtures.ts";
import { addKernel, canFakeLab, fakeLab } from "../cli/_fake_lab.ts";
import { dmacopy } from "../cli/_run.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const yaml = await Deno.readTextFile(`${ROOT}cluster/sweep-job.yaml`);
const script = /- \|\n((?: {14}.*\n)+)/.exec(yaml)![1]!;
const shards = Number(/completions: (\d+)/.exec(yaml)![1]);
/** The words of the command that choose the points and rows. */
const SWEEP = ["--device-bandwidth", "1,2,4,8GiB", "--rows", "1,12,22"];

function pod(index: number, { command = script, env = {} }): Deno.Command {
  return new Deno.Command("sh", {
    args: ["-euc", command],
    env: { ...env, JOB_COMPLETION_INDEX: String(index), SHARDS: String(shards) },
    stdout: "piped",
    stderr: "piped",
  });
}

Deno.test("the indexed Job asks for every shard once", async () => {
  assertEquals(Number(/name: SHARDS\n +value: "(\d+)"/.exec(yaml)![1]), shards);
  const asked = [];
  for (let index = 0; index < shards; index++) {
    const command = script.replace("exec dmacopy", "echo");
    const { stdout } = await pod(index, { command }).output();
    asked.push(/--shard (\S+) --json (\S+)/.exec(new TextDecoder().decode(stdout))?.slice(1));
  }
  assertEquals(asked, [1, 2, 3, 4].map((index) => [`${index}/4`, `/results/shard-${index}.json`]));
});

Deno.test({
  name: "a sweep by the indexed Job's command, a pod of it made twice, is whole",
  ignore: !canFakeLab(),
  async fn() {
    await using lab = await fakeLab({ buildSeconds: 0 });
    await addKernel(lab);
    const times = new Map([[row(1), [10]], [row(12), [9]], [row(22), [6]], [limitRow, [5]]]);
    const measured = documentOf(times, { runs: 1, seed: 1, sizeBytes: 2 ** 30 });
    await Deno.writeTextFile(lab.env["RESULT"]!, JSON.stringify(measured));
    const { folder } = lab;
    const program = `#!/bin/sh\nexec '${Deno.execPath()}' run -A '${ROOT}cli/main.ts' "$@"\n`;
    await Deno.writeTextFile(`${folder}/bin/dmacopy`, program, { mode: 0o755 });
    await Deno.mkdir(`${folder}/results`);
    const env = { ...lab.env, NO_COLOR: "1", INIT_CWD: "" };
    const command = script.replaceAll("/results/", `${folder}/results/`);

    // A pod that is made again after it has finished measures nothing.
    assertEquals((await pod(1, { command, env }).output()).code, 0);
    assertEquals((await lab.marks()).length, 1);
    const runs = await Promise.all(
      Array.from({ length: shards }, (_, index) => pod(index, { command, env }).output()),
    );
    const said = runs.map(({ stderr }) => new TextDecoder().decode(stderr));
    assertEquals(runs.map(({ code }, index) => [code, said[index]]), Array(shards).fill([0, ""]));
    assertEquals((await lab.marks()).length, shards);
    const parts = Array.from({ length: shards }, (_, i) => `${folder}/results/shard-${i + 1}.json`);
    const merged = `${folder}/merged.json`;
    const merge = await dmacopy(["bench", "merge", ...parts, "-q", "--json", merged]);
    assertEquals([merge.code, merge.stderr], [0, ""]);

    const whole = `${folder}/whole.json`;
    const sweep = ["bench", "sweep", "--guests", "1", "-q", ...SWEEP, "--json", whole];
    assertEquals((await dmacopy(sweep, { env: lab.env })).code, 0);
    assertEquals(await Deno.readTextFile(merged), await Deno.readTextFile(whole));
  },
});
