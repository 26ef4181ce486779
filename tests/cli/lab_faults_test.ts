// The lab where it is disturbed: stand-ins for make, QEMU and the like make that quick.
import { factsOf, HOST_ARCH } from "../../kernel/lab/arch.ts";
import { assertEquals, assertMatch } from "@std/assert";
import { exists } from "../../base/exists.ts";
import type { BenchDocument, MeasuredRow } from "../../bench/mod.ts";
import { documentOf, measuredRows, row } from "../bench/_fixtures.ts";
import { output } from "../handover/_fixtures.ts";
import { addKernel, canFakeLab, type FakeLab, fakeLab } from "./_fake_lab.ts";
import { dmacopy } from "./_run.ts";
import { mayMount } from "../_works.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;
const ignore = !canFakeLab();
const NAMESPACE = ["--map-root-user", "--mount", "sh", "-c"];

function images({ cache }: FakeLab): string[] {
  return [...Deno.readDirSync(`${cache}/kernel`)].map(({ name }) => name)
    .filter((name) => name.startsWith(factsOf(HOST_ARCH).image));
}

Deno.test({
  name: "dmacopy lab build of several at once builds one kernel once",
  ignore,
  async fn() {
    await using lab = await fakeLab({ buildSeconds: 1 });
    const build = () => dmacopy(["lab", "build", "-q"], { env: lab.env });
    const runs = await Promise.all([build(), build(), build()]);
    const [image = ""] = images(lab);
    const expected = { code: 0, stdout: `${lab.cache}/kernel/${image}\n`, stderr: "" };
    assertEquals(runs, [expected, expected, expected]);
    assertEquals(await lab.marks(), ["begun", "built"]);
    assertEquals(images(lab), [image]);
  },
});

Deno.test({
  name: "dmacopy lab build that is killed takes its make along, and leaves no kernel",
  ignore,
  async fn() {
    await using lab = await fakeLab({ buildSeconds: 60 });
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", MAIN, "lab", "build", "-q"],
      env: { ...lab.env, INIT_CWD: "" },
      stdout: "null",
    }).spawn();
    while (!(await lab.marks()).includes("begun")) await pause();
    child.kill("SIGKILL");
    await child.status;
    while (!(await lab.marks()).includes("ended")) await pause();
    assertEquals(images(lab), []);
  },
});

Deno.test({
  name: "dmacopy on a full disk says what to do, and leaves no half of anything",
  ignore: ignore || !mayMount(),
  async fn() {
    await using lab = await fakeLab({ buildSeconds: 0 });
    const deno = `"${Deno.execPath()}" run -A ${MAIN}`;
    const script = `cd ${lab.folder} && mount -t tmpfs -o size=2m full cache && ` +
      `${deno} lab build -q; echo $?; rm -r cache/dmacopy; ` +
      "mkdir cache/dmacopy; dd if=/dev/zero of=cache/full bs=64k 2>/dev/null; " +
      `${deno} copy /etc/passwd memfd -q; echo $?; ls -A cache/dmacopy`;
    const { stdout, stderr } = await output("unshare", [...NAMESPACE, script], {
      env: { ...lab.env, INIT_CWD: "", NO_COLOR: "1", DMACOPY_SHIM: "" },
    });
    assertEquals(stdout, "1\n1\n");
    const [build, copy, ...rest] = stderr.trim().split("\n").filter((line) => line[0] !== " ");
    assertMatch(build!, /^dmacopy: a kernel takes .* and only .* are free: .*set XDG_CACHE_HOME/);
    assertMatch(copy!, /^dmacopy: .*[nN]o space left/);
    assertEquals(rest, []);
  },
});

Deno.test({
  name: "dmacopy lab run --input takes files into the guest, as they are",
  ignore,
  async fn() {
    await using lab = await fakeLab({ buildSeconds: 0 });
    await addKernel(lab);
    const program = `${lab.folder}/program`;
    await Deno.writeTextFile(lab.env["RESULT"]!, "{}");
    await Deno.writeTextFile(program, "#!/bin/sh\necho inside\n", { mode: 0o755 });
    const run = (inputs: string[]) =>
      dmacopy(["lab", "run", "-q", ...inputs.flatMap((path) => ["--input", path]), "--", "true"], {
        env: lab.env,
      });
    assertEquals(await run([program, MAIN]), { code: 0, stdout: "inside\n", stderr: "" });
    assertEquals((await run([MAIN])).stdout, "");
    const missing = await run([`${lab.folder}/none`]);
    assertMatch(missing.stderr, /^dmacopy: there is no file .*none to take into the guest$/m);
    assertEquals(missing.code, 1);
  },
});

Deno.test({
  name: "dmacopy bench keeps the rows that were finished when a guest dies",
  ignore,
  async fn() {
    await using lab = await fakeLab({ buildSeconds: 0 });
    await addKernel(lab);
    const partial = documentOf(new Map([[row(3), [10]]]), { interrupted: true });
    await Deno.writeTextFile(lab.env["PARTIAL"]!, JSON.stringify(partial));
    const json = `${lab.folder}/result.json`;
    const args = ["bench", "--kernel", "patched", "--rows", "3,4", "--json", json];
    const { code, stdout, stderr } = await dmacopy(args, { env: lab.env });
    assertMatch(
      stderr,
      /^dmacopy: QEMU failed: .*killed by SIGKILL.*: only finished rows are kept/m,
    );
    assertEquals(code, 1);
    assertMatch(stdout, /^ +3 memfd/m);
    const { rows, interrupted } = JSON.parse(await Deno.readTextFile(json));
    assertEquals([rows.length, rows[0].id, interrupted], [1, 3, true]);

    await Deno.remove(lab.env["PARTIAL"]!);
    const nothing = await dmacopy([...args, "--quiet"], { env: lab.env });
    assertMatch(nothing.stderr, /^dmacopy: QEMU failed: [^\n]*SIGKILL\)$/m);
    assertEquals([nothing.code, nothing.stdout], [1, ""]);
  },
});

Deno.test({
  name: "dmacopy bench fails where a row does not count, and keeps it in no baseline",
  ignore,
  async fn() {
    await using lab = await fakeLab({ buildSeconds: 0 });
    await addKernel(lab);
    const env = { ...lab.env, XDG_DATA_HOME: lab.folder };
    const bench = async (kept: BenchDocument) => {
      await Deno.writeTextFile(lab.env["RESULT"]!, JSON.stringify(kept));
      const args = ["bench", "--kernel", "patched", "--guests", "1", "--save", "mine"];
      const { code, stdout, stderr } = await dmacopy(args, { env });
      const [last] = stderr.trim().split("\n").slice(-1);
      return { code, stdout, last, saved: exists(`${lab.folder}/dmacopy/baselines/mine.json`) };
    };
    const document = documentOf(new Map([[row(3), [10]], [row(4), [20]]]));

    const late = await bench(changed(document, { late: true }));
    assertMatch(
      late.last!,
      /^dmacopy: the modelled disk was late in every run of row 4, so .*busy/,
    );
    assertMatch(late.stdout, /^ +4 .* disk late$/m);
    assertEquals([late.code, late.saved], [1, false]);

    const wrong = await bench(changed(document, { verified: false }));
    assertMatch(wrong.last!, /^dmacopy: the data is wrong in row 4: /);
    assertEquals([wrong.code, wrong.saved], [1, false]);

    const good = await bench(document);
    assertEquals([good.code, good.saved], [0, true]);
  },
});

/** The document with other values in its last row. */
function changed(document: BenchDocument, values: Partial<MeasuredRow>): BenchDocument {
  const rows = measuredRows(document);
  return { ...document, rows: rows.with(-1, { ...rows.at(-1)!, ...values }) };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
