import { Command } from "@cliffy/command";
import { DEFAULT_BASE } from "../kernel/lab/bases.ts";
import { InterruptedError } from "../terminal/interruptible.ts";
import { benchCopyCommand } from "./bench_copy.ts";
import { fleetCommand } from "./bench_fleet.ts";
import { mergeCommand } from "./bench_merge.ts";
import { sweepCommand } from "./bench_sweep.ts";
import { latencyType, rateType } from "./bench_types.ts";
import {
  baseType,
  clockType,
  countType,
  directionType,
  kernelType,
  pagesType,
  seedType,
} from "./types.ts";

/** `dmacopy bench` */
export const benchCommand = new Command()
  .description("Measure the letter's table: here where the kernel carries the series, or the lab.")
  .type("pages", pagesType)
  .type("count", countType)
  .type("seed", seedType)
  .type("base", baseType)
  .type("kernel", kernelType)
  .type("clock", clockType)
  .type("direction", directionType)
  .type("rate", rateType)
  .type("latency", latencyType)
  .option("--rows <rows:string>", "Rows, as 1,12,20-22; or letter, limit, extended, all.")
  .option("--size <size:pages>", "How much of the file to move, as 256MiB; 1GiB.")
  .option("--chunk <size:pages>", "Size of a buffer; 32MiB.")
  .option("--runs <n:count>", "Rounds after the warm-up; 5.")
  .option("--seed <n:seed>", "Of the rows' order; 1.")
  .option("--quick", "One round over 256 MiB, for a first look.")
  .option("--direction <direction:direction>", "Into the buffers (read), or out of them; read.")
  .option("--host", "Measure the running kernel, whatever it can do.", {
    conflicts: ["base", "kernel", "clock", "device-bandwidth", "device-latency", "guests"],
  })
  .option("--file <path:file>", "With --host: the file to read.", { depends: ["host"] })
  .option(
    "--base <base:base>",
    `In the lab: the Linux that the kernel is based on; ${DEFAULT_BASE}.`,
  )
  .option("--kernel <kernel:kernel>", "In the lab: Debian's kernel, or with the series; patched.")
  .option("--clock <clock:clock>", "In the lab: a modelled 1 GHz CPU's clock, or real time; model.")
  .option("--device-bandwidth <rate:rate>", "In the lab: of the modelled disk; 4GiB.")
  .option("--device-latency <us:latency>", "In the lab: of the modelled disk, in µs; 100.")
  .option("--guests <n:count>", "In the lab: how many guests share the rows; what fits.")
  .option("--json <path:file>", "Write the result with all samples.")
  .option("--csv <path:file>", "Write a line for each row.")
  .option("--markdown <path:file>", "Write the table for a document.")
  .option("--html <path:file>", "Write a page with the table and pictures.")
  .option("--save <name:string>", "Keep the result as a baseline.")
  .option("--compare <baseline:string>", "Compare with a baseline, a result's file or letter.")
  .option("-q, --quiet", "Print no table and no progress.")
  .example("dmacopy bench", "The whole table.")
  .example("dmacopy bench --rows 1,12,22 --size 256MiB", "Three rows of it.")
  .example("dmacopy bench --host --rows 3-5 --json out.json", "This kernel, whatever it is.")
  .action(async ({ quiet = false, save, compare, ...options }) => {
    const { checkOutputs, writeOutputs } = await import("./bench_outputs.ts");
    const { checkRequest, checkRows, checkSave, measure } = await import("./bench_place.ts");
    const bench = await import("../bench/mod.ts");
    checkRows(options.rows);
    checkRequest(options);
    checkOutputs(options);
    checkSave(save);
    const baseline = compare === undefined ? null : await bench.loadBaseline(compare);
    if (baseline) bench.checkDirection(options.direction ?? "read", baseline);

    const { found: document, failure } = await measure({ ...options, quiet });
    if (document.rows.length === 0) throw new InterruptedError();
    await writeOutputs(options, document);
    if (save !== undefined && !document.interrupted) await bench.saveBaseline(save, document);
    if (!quiet) console.log(bench.renderText(document).trimEnd());
    if (baseline) {
      const comparison = bench.compare(document, baseline);
      console.log(`\n${bench.renderComparison(comparison).trimEnd()}`);
    }
    if (failure) throw failure;
    if (document.interrupted) throw new InterruptedError();
  })
  .command("sweep", sweepCommand)
  .command("merge", mergeCommand)
  .command("fleet", fleetCommand)
  .command("copy", benchCopyCommand);
