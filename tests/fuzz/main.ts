// `deno task fuzz`: each target in a process of its own, as many at once as there are cores.
import { Command, ValidationError } from "@cliffy/command";
import { targets } from "./_targets.ts";
import type { Report } from "./_target.ts";

const ONE = new URL("one.ts", import.meta.url).pathname;
/** No input may take as long: a process that says nothing for this time hangs. */
const SILENCE_MS = 120_000;
/** The memory limit of a process with the whole project loaded: an input costs far less. */
const MAX_MIB = 1024;

type Result = Report & { peakMiB: number };
interface Settings {
  runs: number;
  seed: number;
}

/** Runs a target to its end, or kills it. */
async function feed(index: number, { runs, seed }: Settings): Promise<Result> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ONE, String(index), String(runs), String(seed)],
    stdout: "piped",
  }).spawn();
  let hung = false;
  const kill = () => {
    hung = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(kill, SILENCE_MS);
  let last = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    clearTimeout(timer);
    timer = setTimeout(kill, SILENCE_MS);
    last = (last + text).trimEnd().split("\n").at(-1)!;
    if (text.endsWith("\n")) last += "\n";
  }
  clearTimeout(timer);
  const { code } = await child.status;
  const found = JSON.parse(last || "{}") as Partial<Result>;
  if (code === 0 && found.peakMiB !== undefined) return found as Result;
  const failure = hung ? `hangs after ${last.trim()}` : `ends with status ${code}`;
  return { read: 0, refused: 0, slowestMs: 0, peakMiB: 0, failure: `--seed ${seed}: ${failure}` };
}

/** Prints how a target did. */
function report(name: string, result: Result, elapsedMs: number): boolean {
  const { read, refused, slowestMs, peakMiB } = result;
  const failure = result.failure ?? (peakMiB > MAX_MIB ? `took ${peakMiB} MiB` : null);
  const figures = [
    `${read + refused} inputs in ${Math.round(elapsedMs / 1000)} s`,
    `${read} read, ${refused} refused`,
    `slowest ${Math.ceil(slowestMs)} ms`,
    `${peakMiB} MiB at most`,
  ];
  console.log(`${failure === null ? "ok" : "FAILED"} ${name}: ${figures.join("; ")}`);
  if (failure !== null) console.log(failure);
  return failure === null;
}

async function feedAll(chosen: readonly number[], settings: Settings): Promise<number> {
  const queue = [...chosen];
  let failed = 0;
  const worker = async () => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const startMs = performance.now();
      const result = await feed(index, settings);
      const ok = report(targets[index]!.name, result, performance.now() - startMs);
      if (!ok) failed++;
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, worker));
  return failed;
}

await new Command()
  .name("fuzz")
  .description("Feed generated inputs, valid and damaged ones, to each parser.")
  .option("--runs <n:integer>", "Number of inputs for each parser.", { default: 1_000_000 })
  .option("--seed <n:integer>", "Seed for the inputs (default: a new one each time).")
  .option("--only <text:string>", "Run only the parsers whose names contain this text.")
  .action(
    async ({ runs, seed = crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1, only = "" }) => {
      const chosen = [...targets.keys()].filter((index) => targets[index]!.name.includes(only));
      if (chosen.length === 0) {
        throw new ValidationError(`--only "${only}" matches no parser`);
      }
      console.log(`fuzz: ${chosen.length} parsers, ${runs} inputs each, --seed ${seed}`);
      const failed = await feedAll(chosen, { runs, seed });
      console.log(`${chosen.length - failed} passed, ${failed} failed`);
      if (failed > 0) Deno.exitCode = 1;
    },
  )
  .parse();
