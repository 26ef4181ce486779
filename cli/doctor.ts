import { Command } from "@cliffy/command";
import { pathType } from "./types.ts";

/** The size of a file to give advice for where there is none: that of a small model. */
const USUAL_BYTES = 1n << 30n;

/** `dmacopy doctor` */
export const doctorCommand = new Command()
  .description(
    "Say what this kernel offers, by trying, and which command suits it; with a path, also what " +
      "direct I/O on it needs.",
  )
  .type("path", pathType)
  .arguments("[path:path]")
  .option("-j, --json", "Print it as JSON.")
  .example("dmacopy doctor /models", "Also say what direct I/O on /models needs.")
  .action(async ({ json }, path) => {
    const { planLoad, probe } = await import("../copy/mod.ts");
    const { advise, describeAdvice } = await import("./advice.ts");
    const capabilities = probe(path === undefined ? {} : { path });
    const bytes = path === undefined ? USUAL_BYTES : sizeOf(path) ?? USUAL_BYTES;
    const advice = advise(capabilities, planLoad({ bytes }), bytes);
    if (json) return console.log(JSON.stringify({ ...capabilities, advice }, null, 2));
    const { capabilityTable } = await import("./capability_table.ts");
    console.log(`${capabilityTable(capabilities)}\n\n${describeAdvice(advice)}`);
  });

/** The size of a regular file; null of anything else. */
function sizeOf(path: string): bigint | null {
  const { isFile, size } = Deno.statSync(path);
  return isFile ? BigInt(size) : null;
}
