import { Command, ValidationError } from "@cliffy/command";
import { interruptible } from "../../terminal/interruptible.ts";
import { reportError } from "../../terminal/report_error.ts";
import { statusLine } from "../../terminal/status_line.ts";
import { provideResults } from "../measure/mod.ts";
import { open } from "./jupyter.ts";
import { runNotebook } from "./run_notebook.ts";

const FOLDER = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

function select(prefixes: string[]): string[] {
  const all = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => name.endsWith(".ipynb")).sort();
  const unknown = prefixes.find((prefix) => !all.some((name) => name.startsWith(prefix)));
  if (unknown !== undefined) {
    throw new ValidationError(`no notebook "${unknown}": there are ${all.join(", ")}`);
  }
  return prefixes.length === 0
    ? all
    : all.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
}

/** Executes all notebooks and returns the number of failures. The last line has the form of `deno test`. */
async function runAll(
  names: string[],
  options: { accept: boolean; write: boolean; signal: AbortSignal },
): Promise<number> {
  const startMs = performance.now();
  let failed = 0;
  for (const name of names) {
    try {
      const { cells, attempts } = await runNotebook(`${FOLDER}/${name}`, options);
      const again = attempts === 1 ? "" : `, executed ${attempts} times`;
      console.log(`${name}: every one of ${cells} code cells has its output${again}`);
    } catch (error) {
      options.signal.throwIfAborted();
      failed++;
      reportError(error);
    }
  }
  const verdict = failed === 0 ? "ok" : "FAILED";
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  console.log(`${verdict} | ${names.length - failed} passed | ${failed} failed (${seconds}s)`);
  return failed;
}

const command = new Command()
  .name("notebooks")
  .description("Execute the notebooks and check that every code cell has its output.")
  .arguments("[notebook...:string]")
  .throwErrors()
  .option("--measure", "First measure notebooks/data in the lab with the present code.")
  .option("--write", "Replace the notebooks and their pages by the executed ones.")
  .option("--accept", "Accept outputs with another shape than the committed ones.", {
    depends: ["write"],
  })
  .option("--open", "Open the notebooks in a browser, execute nothing.")
  .example("notebooks 02", "Execute only the one whose name begins with 02.")
  .action(
    async ({ measure = false, write = false, accept = false, open: explore }, ...prefixes) => {
      if (explore) {
        Deno.exitCode = await open(FOLDER);
        return;
      }
      const names = select(prefixes.flat());
      const failed = await interruptible(async (signal) => {
        using status = statusLine({ steps: true });
        await provideResults({ measure, signal, onStep: status.update });
        status.clear();
        return await runAll(names, { accept, write, signal });
      });
      Deno.exitCode = failed > 0 ? 1 : 0;
    },
  );

try {
  await command.parse(Deno.args);
} catch (error) {
  Deno.exit(reportError(error));
}
