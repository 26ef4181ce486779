import { Command, ValidationError } from "@cliffy/command";
import { interruptible } from "../terminal/interruptible.ts";
import { statusLine } from "../terminal/status_line.ts";
import { clockRateType, rateType } from "./bench_types.ts";
import { countType, pathType } from "./types.ts";
import type { DiskBandwidth, MachineExpectation } from "./expectation.ts";
import { printJson } from "./json_error.ts";

/** The file size that the advice assumes without a file: the size of a small model. */
const USUAL_BYTES = 1n << 30n;

/** `dmacopy doctor` */
export const doctorCommand = new Command()
  .description(
    "Try out what this kernel offers, and recommend a command. With a path, also show " +
      "the alignment that direct I/O needs there, and with a file of 32 MiB or more, the rates to expect.",
  )
  .type("path", pathType)
  .type("count", countType)
  .type("rate", rateType)
  .type("gigahertz", clockRateType)
  .arguments("[path:path]")
  .option("-j, --json", "Print the result, or why it failed, as JSON.")
  .option(
    "--race",
    "Race dmacopy, cp and dd: copy the file with each of them in turn, from the disk into memory.",
  )
  .option("--rounds <count:count>", "With --race, the number of rounds (default 5).")
  .option(
    "--disk <rate:rate>",
    "Show the rates to expect of a disk with this bandwidth, such as 2GiB (default: what reading " +
      "the file shows).",
  )
  .option(
    "--clock <ghz:gigahertz>",
    "The CPU's clock in GHz, for the rates to expect (default: as the kernel reports it).",
  )
  .example("dmacopy doctor model.gguf --race", "Compare with cp and dd on this disk.")
  .example("dmacopy doctor /models", "Also show the alignment that direct I/O on /models needs.")
  .action(async ({ json, race, rounds, disk, clock }, path) => {
    if (rounds !== undefined && !race) throw new ValidationError("--rounds is for --race.");
    if (race) return await runRace(path, { json: json ?? false, rounds: rounds ?? 5 });
    const { probe } = await import("../copy/mod.ts");
    const { advise, describeAdvice } = await import("./advice.ts");
    const facts = probe({ path });
    const bytes = path === undefined ? USUAL_BYTES : sizeOf(path) ?? USUAL_BYTES;
    const advice = advise(facts, bytes);
    const expectation = await findExpectation({ disk, clock, path });
    if (json) return printJson({ ...facts, advice, expectation });
    const { capabilityTable, causesIn } = await import("./capability_table.ts");
    const colour = Deno.stdout.isTerminal() && !Deno.noColor;
    console.log(capabilityTable(facts, { colour }));
    console.log(`\n${describeAdvice(advice, causesIn(facts))}`);
    if (expectation === null) return;
    const { describeExpectation } = await import("./expectation.ts");
    console.log(describeExpectation(expectation));
  });

async function runRace(
  path: string | undefined,
  { json, rounds }: { json: boolean; rounds: number },
): Promise<void> {
  if (path === undefined) throw new ValidationError("--race needs a large file.");
  if ((sizeOf(path) ?? 0n) === 0n) throw new Error(`${path} is not a file with content`);
  const { describeRace, race } = await import("./race.ts");
  const result = await interruptible(async (signal) => {
    using status = statusLine();
    const onRound = (round: number) => status.update(`round ${round} of ${rounds}`);
    return await race(path, { rounds, signal, onRound });
  });
  if (json) printJson(result);
  else console.log(describeRace(result));
}

/** The disk and the clock from the command line, and the path on the disk. */
interface MachineOptions {
  disk: number | undefined;
  clock: number | undefined;
  path: string | undefined;
}

/**
 * The rates to expect; null if the disk or the clock is unknown.
 *
 * @throws {ValidationError} if one of them was given and the other is unknown
 */
async function findExpectation(
  { disk, clock, path }: MachineOptions,
): Promise<MachineExpectation | null> {
  const { clockRate, expectationOf } = await import("./expectation.ts");
  const bandwidth = disk !== undefined ? { bytesPerSecond: disk } : await findDisk(path);
  const gigahertz = clock ?? clockRate();
  if (bandwidth !== null && gigahertz !== null) return expectationOf(bandwidth, gigahertz);
  if (disk !== undefined) {
    throw new ValidationError(
      "the kernel does not report the CPU's clock: add --clock with GHz, such as 2.4",
    );
  }
  if (clock !== undefined) {
    throw new ValidationError(
      "--clock needs a disk: add --disk with a bandwidth, such as 2GiB, or the path of a file of " +
        "32 MiB or more on it",
    );
  }
  return null;
}

/** The disk's bandwidth: of the modelled disk, or measured with a file on it. */
async function findDisk(path: string | undefined): Promise<DiskBandwidth | null> {
  const { diskRate } = await import("./disk_rate.ts");
  const modelled = diskRate();
  if (modelled !== null) return { bytesPerSecond: modelled };
  if (path === undefined) return null;
  const { measureDisk } = await import("./measure_disk.ts");
  const bytesPerSecond = await measureDisk(path);
  return bytesPerSecond === null ? null : { bytesPerSecond, measuredWith: path };
}

/** The size of a regular file; null for anything else. */
function sizeOf(path: string): bigint | null {
  const { isFile, size } = Deno.statSync(path);
  return isFile ? BigInt(size) : null;
}
