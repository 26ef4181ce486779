// A sweep as a Slurm array job, by Slurm's own daemons; the guests are stand-ins.
import { assertEquals } from "@std/assert";
import { limitRow } from "../../bench/mod.ts";
import { documentOf, row } from "../bench/_fixtures.ts";
import { addKernel, canFakeLab, fakeLab } from "../cli/_fake_lab.ts";
import { dmacopy } from "../cli/_run.ts";
import { slurmObstacle, startSlurm } from "./_slurm.ts";

const obstacle = slurmObstacle() ?? (canFakeLab() ? null : "the lab's packages are missing");
const ROOT = new URL("../../", import.meta.url).pathname;
const SWEEP = ["--quick", "--rows", "1", "--device-bandwidth", "1,2,3,4GiB"];

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds().catch(() => false))) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  console.log(what);
}

Deno.test({
  name: "a sweep by Slurm, a task of it requeued, is whole" + (obstacle ? ` (${obstacle})` : ""),
  ignore: obstacle !== null,
  async fn() {
    await using lab = await fakeLab({ buildSeconds: 0 });
    await addKernel(lab);
    const times = new Map([[row(1), [10]], [limitRow, [5]]]);
    const measured = documentOf(times, { runs: 1, seed: 1, sizeBytes: 2 ** 28 });
    await Deno.writeTextFile(lab.env["RESULT"]!, JSON.stringify(measured));
    const { folder } = lab;
    const program = `${folder}/bin/dmacopy`;
    const script = `#!/bin/sh\nexec '${Deno.execPath()}' run -A '${ROOT}cli/main.ts' "$@"\n`;
    await Deno.writeTextFile(program, script, { mode: 0o755 });
    const whole = await dmacopy(
      ["bench", "sweep", "--guests", "1", "-q", ...SWEEP, "--json", `${folder}/whole.json`],
      { env: lab.env },
    );
    assertEquals([whole.code, whole.stderr], [0, ""]);
    const before = (await lab.marks()).length;

    await Deno.mkdir(`${folder}/slurm`);
    await Deno.mkdir(`${folder}/results`);
    await using slurm = await startSlurm(`${folder}/slurm`);
    await until(
      "Slurm is up",
      async () => /idle/.test(await slurm.run("sinfo", ["-h", "-o", "%T"])),
    );
    const environment = {
      ...lab.env,
      ...{ SHARDS: "2", RESULTS: `${folder}/results`, DMACOPY: program, GUEST_SECONDS: "4" },
      ...{ NO_COLOR: "1", INIT_CWD: "" },
    };
    const words = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const id = (await slurm.run("env", [
      ...words,
      ...["sbatch", "--parsable", "--array=1-2", "--cpus-per-task=1"],
      ...[`--output=${folder}/slurm/%a.log`, `${ROOT}cluster/sweep.sbatch`, ...SWEEP],
    ])).trim();
    // Its first point is there, its second is being measured.
    await until(
      "shard 2 has begun",
      async () =>
        JSON.parse(await Deno.readTextFile(`${folder}/results/shard-2.json`)).points.length === 1,
    );
    await slurm.run("scontrol", ["requeue", `${id}_2`]);
    await until(
      "the job has ended",
      async () => (await slurm.run("squeue", ["-h", "-j", id])).trim() === "",
    );

    const merged = await dmacopy([
      ...["bench", "merge", `${folder}/results/shard-1.json`, `${folder}/results/shard-2.json`],
      ...["-q", "--json", `${folder}/merged.json`],
    ]);
    const log = await Deno.readTextFile(`${folder}/slurm/2.log`);
    assertEquals([merged.code, merged.stderr], [0, ""], log);
    assertEquals(/DUE TO JOB REQUEUE/.test(log), true, log);
    // No point was measured twice.
    assertEquals(
      (await lab.marks()).slice(before).toSorted(),
      [1, 2, 3, 4].map((gibibytes) => `measured ${gibibytes * 2 ** 30},100`),
    );
    assertEquals(
      await Deno.readTextFile(`${folder}/merged.json`),
      await Deno.readTextFile(`${folder}/whole.json`),
    );
  },
});
