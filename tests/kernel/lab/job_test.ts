import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { LabError } from "../../../kernel/lab/error.ts";
import { commandScript, copyOutputs, readStatus, writeJob } from "../../../kernel/lab/job.ts";

const ODD = ["a b", "it's", "$HOME", "", "two\nlines", "*", "-n", "`x`", "\\", '"'];

async function withJob(action: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("commandScript() passes arguments and environment on exactly", async () => {
  const script = commandScript({
    argv: ["/bin/sh", "-c", 'printf "%s\\0" "$ODD" "$@"', "sh", ...ODD],
    env: { ODD: "it's $HOME\n" },
  });
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  const words = new TextDecoder().decode(stdout).split("\0").slice(0, -1);
  assertEquals(words, ["it's $HOME\n", ...ODD]);
});

Deno.test("commandScript() refuses what a shell can't carry", () => {
  assertThrows(() => commandScript({ argv: ["a\0b"] }), LabError, "NUL");
  assertThrows(() => commandScript({ argv: ["true"], env: { "A;B": "" } }), LabError, "A;B");
});

Deno.test("writeJob() copies inputs", () =>
  withJob(async (folder) => {
    const input = await Deno.makeTempFile();
    await Deno.writeTextFile(input, "data");
    await writeJob(folder, { argv: ["true"], dataDevice: "", inputs: { model: input } });
    assertEquals(await Deno.readTextFile(`${folder}/model`), "data");
    assertEquals(await Deno.readTextFile(`${folder}/data`), "");
    await Deno.remove(input);
  }));

Deno.test("writeJob() says what filesystem the data disk has", () =>
  withJob(async (folder) => {
    const job = { argv: ["true"], dataDevice: "/dev/dm-0" };
    await writeJob(folder, job);
    assertEquals(await Deno.readTextFile(`${folder}/data`), "/dev/dm-0 ext4\n");
    await Deno.remove(`${folder}/out`);
    await writeJob(folder, { ...job, filesystem: "f2fs" });
    assertEquals(await Deno.readTextFile(`${folder}/data`), "/dev/dm-0 f2fs\n");
  }));

Deno.test("writeJob() refuses missing inputs, reserved names and an empty command", () =>
  withJob(async (folder) => {
    const job = { argv: ["true"], dataDevice: "" };
    const write = async (more: object) => {
      await Deno.remove(`${folder}/out`).catch(() => {});
      await writeJob(folder, { ...job, ...more });
    };
    await assertRejects(() => write({ inputs: { a: "/proc/none" } }), LabError, "/proc/none");
    await assertRejects(() => write({ inputs: { status: "/dev/null" } }), LabError, "status");
    await assertRejects(() => write({ inputs: { "../a": "/dev/null" } }), LabError, "../a");
    await assertRejects(() => write({ argv: [] }), LabError, "no command");
  }));

Deno.test("copyOutputs() brings files back", () =>
  withJob(async (folder) => {
    await Deno.mkdir(`${folder}/out`);
    await Deno.writeTextFile(`${folder}/out/a`, "1");
    await copyOutputs(folder, `${folder}/here`);
    assertEquals(await Deno.readTextFile(`${folder}/here/a`), "1");
    assertEquals([...Deno.readDirSync(`${folder}/here`)].length, 1);
  }));

Deno.test("readStatus() returns the command's status", () =>
  withJob(async (folder) => {
    await Deno.writeTextFile(`${folder}/status`, "7\n");
    assertEquals(readStatus(folder, ""), 7);
  }));

Deno.test("readStatus() reports a panic with the lines from there on", () =>
  withJob((folder) => {
    const log = "[1] fine\n[2] Kernel panic - not syncing: Out of memory\n[3] CPU: 0\n";
    const error = assertThrows(() => readStatus(folder, log), LabError, "Out of memory");
    assertEquals(error.lines, ["[2] Kernel panic - not syncing: Out of memory", "[3] CPU: 0"]);
  }));

Deno.test("readStatus() reports a guest that ended without a status", () =>
  withJob((folder) => {
    assertThrows(() => readStatus(folder, "[1] fine\n"), LabError, "before its command did");
  }));
