import { assertEquals } from "@std/assert";
import { works } from "../_works.ts";

const MODULE = new URL("../../terminal/status_line.ts", import.meta.url);
/** script(1) needs a pseudo-terminal. */
const ignore = !works("script", ["-qec", "true", "/dev/null"]);
const CLEAR = "\r\x1b[K";

/** The output of a status line on a terminal with the given columns. */
async function shown(columns: number, text: string): Promise<string> {
  const code = `import { statusLine } from "${MODULE}"; statusLine().update("step", "${text}");`;
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, code);
    const command = `stty cols ${columns}; "${Deno.execPath()}" run -A ${path}`;
    const { stdout } = await new Deno.Command("script", {
      args: ["-qec", command, "/dev/null"],
      env: { NO_COLOR: "1" },
    }).output();
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test({
  name: "statusLine() stays within the terminal's width",
  ignore,
  async fn() {
    assertEquals(await shown(12, "of many words"), `${CLEAR}step of man`);
  },
});

Deno.test({
  name: "statusLine() takes a terminal that does not say its width for a usual one",
  ignore,
  async fn() {
    assertEquals(await shown(0, "of words"), `${CLEAR}step of words`);
    assertEquals(await shown(0, "-".repeat(200)), `${CLEAR}step ${"-".repeat(74)}`);
  },
});
