// docs/permissions.md says what each command needs: no less will do, and no more is asked for.
import { assert, assertEquals } from "@std/assert";
import { buildShim } from "../../ffi/mod.ts";
import { F32, makeGguf, random } from "../models/_fixtures.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const COMMANDS = Deno.readTextFileSync(`${ROOT}/docs/permissions.md`).split("\n")
  .filter((line) => line.startsWith("deno run "));

async function withModel(action: (env: Record<string, string>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "dmacopy-test-" });
  try {
    await Deno.mkdir(`${folder}/out`);
    const tensor = { name: "w", shape: [8], type: F32, data: random(32) };
    await Deno.writeFile(`${folder}/m.gguf`, makeGguf([tensor]));
    const SHIM = buildShim();
    await action({ SHIM, DMACOPY_SHIM: SHIM, MODEL: `${folder}/m.gguf`, OUT: `${folder}/out` });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a line of the page as a shell would. */
async function run(line: string, env: Record<string, string>) {
  const script = line.replace("deno run", '"$DENO" run --no-prompt');
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", script],
    cwd: ROOT,
    env: { ...env, DENO: Deno.execPath(), NO_COLOR: "1", INIT_CWD: "" },
    stdout: "null",
  }).output();
  return { code, said: new TextDecoder().decode(stderr) };
}

Deno.test("docs/permissions.md has every command that takes less than all", () => {
  const named = COMMANDS.map((line) => /main\.ts (\w+)/.exec(line)?.[1]);
  assertEquals(new Set(named), new Set(["completions", "inspect", "doctor", "copy"]));
});

for (const line of COMMANDS) {
  const [, flags = "", command = ""] = /^deno run (.*) cli\/main\.ts (.*)$/.exec(line) ?? [];
  Deno.test(`dmacopy ${command} needs ${flags}`, async () => {
    await withModel(async (env) => {
      const { code, said } = await run(line, env);
      assertEquals([code, said.includes("Requires")], [0, false], said);
      const all = flags.split(" ");
      await Promise.all(all.map(async (flag) => {
        const less = all.filter((other) => other !== flag).join(" ");
        const failed = await run(line.replace(flags, less), env);
        assert(failed.code !== 0 && failed.said.includes("Requires"), `without ${flag}`);
      }));
    });
  });
}
