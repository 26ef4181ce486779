import { Command, ValidationError } from "@cliffy/command";
import { interruptible } from "../terminal/interruptible.ts";
import { statusLine } from "../terminal/status_line.ts";
import { countType, pathType } from "./types.ts";

/** The size of a file to give advice for where there is none: that of a small model. */
const USUAL_BYTES = 1n << 30n;

/** `dmacopy doctor` */
export const doctorCommand = new Command()
  .description(
    "Say what this kernel offers, by trying, and which command suits it; with a path, also what " +
      "direct I/O on it needs.",
  )
  .type("path", pathType)
  .type("count", countType)
  .arguments("[path:path]")
  .option("-j, --json", "Print it as JSON.")
  .option("--race", "Rather copy a file by us, by cp and by dd in turns, and say who is faster.")
  .option("--rounds <count:count>", "With --race, how often; 5.")
  .example("dmacopy doctor model.gguf --race", "Is it faster than cp here?")
  .example("dmacopy doctor /models", "Also say what direct I/O on /models needs.")
  .action(async ({ json, race, rounds }, path) => {
    if (rounds !== undefined && !race) throw new ValidationError("--rounds is for --race.");
    if (race) return await runRace(path, { json: json ?? false, rounds: rounds ?? 5 });
    const { probe } = await import("../copy/mod.ts");
    const { advise, describeAdvice } = await import("./advice.ts");
    const facts = probe({ path });
    const bytes = path === undefined ? USUAL_BYTES : sizeOf(path) ?? USUAL_BYTES;
    const advice = advise(facts, bytes);
    if (json) return console.log(JSON.stringify({ ...facts, advice }, null, 2));
    const { capabilityTable } = await import("./capability_table.ts");
    console.log(`${capabilityTable(facts)}\n\n${describeAdvice(advice)}`);
  });

async function runRace(
  path: string | undefined,
  { json, rounds }: { json: boolean; rounds: number },
): Promise<void> {
  if (path === undefined) throw new ValidationError("--race needs a file, a large one.");
  if ((sizeOf(path) ?? 0n) === 0n) throw new Error(`${path} is no file with content`);
  const { describeRace, race } = await import("./race.ts");
  const result = await interruptible(async (signal) => {
    using status = statusLine();
    const onRound = (round: number) => status.update(`round ${round} of ${rounds}`);
    return await race(path, { rounds, signal, onRound });
  });
  console.log(json ? JSON.stringify(result, null, 2) : describeRace(result));
}

/** The size of a regular file; null of anything else. */
function sizeOf(path: string): bigint | null {
  const { isFile, size } = Deno.statSync(path);
  return isFile ? BigInt(size) : null;
}
