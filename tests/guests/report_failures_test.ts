import { assert } from "@std/assert";

const PRELOADED = new URL("../lab/report_failures.ts", import.meta.url).pathname;

Deno.test("the lab's tests say why they fail when they do, not at the end", async () => {
  const module = Deno.makeTempFileSync({ suffix: "_test.js" });
  try {
    Deno.writeTextFileSync(
      module,
      `Deno.test("first", () => { throw new Error("the reason"); });
       Deno.test({ name: "second", fn: () => {} });`,
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", "--no-lock", "--preload", PRELOADED, module],
      env: { NO_COLOR: "1" },
    }).output();
    const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    const at = output.indexOf("the reason");
    assert(at >= 0 && at < output.indexOf("second ... ok"), output);
  } finally {
    Deno.removeSync(module);
  }
});
